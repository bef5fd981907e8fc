"""The models a comparison can be made with, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from generation.errors import InvalidRecipe
from prompt_engine.nearest import name_advice


@dataclass(frozen=True)
class ModelSpec:
    """One Stable Diffusion 3.5: where its weights are, and which settings it was made for.

    `repo` is a Hub repository, or a folder of this repository when `bundled`. `max_sequence_length` counts
    the tokens that the T5 encoder adds to the prompt; 0 for a model that has no T5.
    """

    key: str
    title: str
    repo: str
    steps: int
    steps_range: tuple[int, int]
    guidance: float
    size_px: int
    sizes_px: tuple[int, ...]
    guidance_range: tuple[float, float] = (0.0, 20.0)
    max_sequence_length: int = 256
    revision: str | None = None
    bundled: bool = False
    distilled: bool = False  # to few steps; it is not trained on


_OFFICIAL_SIZES_PX = (512, 768, 1024)

_SPECS = (
    ModelSpec(
        key="demo",
        title="Demo model",
        repo="assets/demo-model",
        steps=20,
        steps_range=(4, 50),
        guidance=4.0,
        size_px=96,
        sizes_px=(96,),
        max_sequence_length=0,
        bundled=True,
    ),
    # Defaults as on the model cards of stabilityai/stable-diffusion-3.5-*.
    ModelSpec(
        key="medium",
        title="SD 3.5 Medium",
        repo="stabilityai/stable-diffusion-3.5-medium",
        steps=40,
        steps_range=(10, 50),
        guidance=4.5,
        size_px=1024,
        sizes_px=_OFFICIAL_SIZES_PX,
    ),
    ModelSpec(
        key="large",
        title="SD 3.5 Large",
        repo="stabilityai/stable-diffusion-3.5-large",
        steps=28,
        steps_range=(10, 50),
        guidance=3.5,
        size_px=1024,
        sizes_px=_OFFICIAL_SIZES_PX,
    ),
    ModelSpec(
        key="turbo",
        title="SD 3.5 Large Turbo",
        repo="stabilityai/stable-diffusion-3.5-large-turbo",
        steps=4,
        steps_range=(1, 10),
        guidance=0.0,
        size_px=1024,
        sizes_px=_OFFICIAL_SIZES_PX,
        distilled=True,
    ),
)

MODELS: Mapping[str, ModelSpec] = MappingProxyType({spec.key: spec for spec in _SPECS})


def model_spec(key: str) -> ModelSpec:
    """Look a model up by its key.

    Raises:
        InvalidRecipe: no model has this key; names the nearest.
    """
    if isinstance(key, str) and key in MODELS:
        return MODELS[key]
    raise InvalidRecipe(f"Unknown model {key!r}: {name_advice(key, MODELS)}")
