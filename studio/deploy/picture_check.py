"""Asks a running Space for a picture, as a visitor's program would, and looks at what comes."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageStat, UnidentifiedImageError

from generation.errors import GenerationError
from generation.models import model_spec
from generation.png.metadata import read_recipe
from studio.deploy.errors import DeployRefused

if TYPE_CHECKING:
    from gradio_client import Client

FORMATS = ("PNG", "WEBP")
LEAST_SPREAD = 3.0  # of 255: a plain colour has none, and a portrait tens
LARGEST_SEED = 2**31 - 1
REACHED_S = 300.0  # a Space may be out of reach for a moment, or wake
EVERY_S = 5.0
MADE_S = 900.0  # with a cold GPU, and others before


@dataclass(frozen=True)
class Ask:
    """What is asked for: a portrait that nobody asked for before, in as few steps as its model takes.

    `model` is None where nobody said which the page has: then it takes its own, with its own steps.
    """

    model: str | None
    seed: int

    @property
    def arguments(self) -> Mapping[str, Any]:
        asked = {"gender": "female", "attributes": ["Smiling"], "seed": self.seed}
        if self.model is None:
            return asked
        return {**asked, "model": self.model, "steps": model_spec(self.model).steps_range[0]}


def check_space(url: str, model: str | None, token: str | None) -> str:
    """Have a running Space make both portraits; gives a sentence about them.

    Raises:
        DeployRefused: it does not answer, refuses, or gives what is no portrait of what was asked for.
    """
    ask = Ask(model, random.randint(0, LARGEST_SEED))
    with tempfile.TemporaryDirectory() as folder:
        try:
            job = _connect(url, token, folder).submit(**ask.arguments, api_name="/compare")
            vanilla, fine_tuned, _ = job.result(timeout=MADE_S)
        except Exception as error:  # whatever the client raises: no list of it is documented
            raise DeployRefused(f"{url} gave no picture: {_first_line(error)}") from error
        return " ".join(look_at(Path(picture), ask) for picture in (vanilla, fine_tuned))


def _connect(url: str, token: str | None, folder: str) -> Client:
    from gradio_client import Client

    until_s = time.monotonic() + REACHED_S
    while True:
        try:
            return Client(url, token=token, verbose=False, download_files=folder)
        except Exception:
            if time.monotonic() > until_s:
                raise
            time.sleep(EVERY_S)


def look_at(picture: Path, ask: Ask) -> str:
    """Open a picture; gives a sentence about it.

    Raises:
        DeployRefused: it is no picture, of another size, a plain colour, or of something else.
    """
    try:
        with Image.open(picture) as image:
            image.load()
            spread = max(ImageStat.Stat(image.convert("RGB")).stddev)
    except (OSError, UnidentifiedImageError, ValueError) as error:
        raise DeployRefused(f"What came is no picture ({picture.stat().st_size:,} bytes).") from error
    if image.format not in FORMATS:
        raise DeployRefused(f"A picture came as {image.format}, and not as {' or '.join(FORMATS)}.")
    if spread < LEAST_SPREAD:
        raise DeployRefused(f"A picture came that is one plain colour (it spreads by {spread:.1f} of 255).")
    _check_recipe(picture, image.size, ask)
    width, height = image.size
    return f"{image.format} of {width} × {height} px, {picture.stat().st_size:,} bytes, seed {ask.seed}."


def _check_recipe(picture: Path, size: tuple[int, int], ask: Ask) -> None:
    try:
        recipe = read_recipe(picture)
    except GenerationError as error:
        raise DeployRefused(f"A picture came that does not say how it was made: {error}") from error
    asked, made = (ask.model or recipe.model, ask.seed), (recipe.model, recipe.seed)
    if made != asked:
        raise DeployRefused(
            "A picture came of {} and seed {}, and not of {} and seed {}.".format(*made, *asked)
        )
    if size != (recipe.size_px, recipe.size_px):
        raise DeployRefused(f"A picture of {size[0]} × {size[1]} px came, and not of {recipe.size_px}.")


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
