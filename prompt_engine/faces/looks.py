"""The two looks of a drawn person: flat colour shapes, and the same under a lamp and on film."""

import numpy as np
from PIL import Image

from prompt_engine.errors import FaceSourceError
from prompt_engine.faces.person import Person
from prompt_engine.faces.photographic import photographic_portrait
from prompt_engine.faces.portrait import flat_portrait

LOOKS = ("flat", "photographic")


def check_look(look: str) -> None:
    """Refuses a look that there is not.

    Raises:
        FaceSourceError: naming those there are.
    """
    if look not in LOOKS:
        raise FaceSourceError(f"Unknown look {look!r} of drawn portraits: choose {' or '.join(LOOKS)}.")


def draw(person: Person, look: str, size_px: int, rng: np.random.Generator) -> Image.Image:
    """The person in one of `LOOKS`: (size_px, size_px) RGB; `rng` gives the photographic look its grain."""
    if look == "flat":
        return flat_portrait(person, size_px)
    return photographic_portrait(person, size_px, rng)
