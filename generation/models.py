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
    the tokens that the T5 encoder adds to the prompt; 0 for a model that has no T5. `weights` is how many
    each part has as published; empty for one that is always here to be counted.
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
    needs_gpu: bool = False  # without one, a comparison takes from many minutes to hours
    weights: tuple[tuple[str, int], ...] = ()

    @property
    def page(self) -> str:
        """Where a Hub model is described and its licence accepted."""
        return f"https://huggingface.co/{self.repo}"

    @property
    def download_bytes(self) -> int:
        """What a Hub model takes to download and keep: two bytes a weight."""
        return 2 * sum(dict(self.weights).values())


_OFFICIAL_SIZES_PX = (512, 768, 1024)

# Parameters and kept buffers of the classes that diffusers and transformers build from the configurations in
# stabilityai/stable-diffusion-3.5-*; all three have the same text encoders and the same VAE.
_SHARED_WEIGHTS = (
    ("text_encoder", 123_650_304),
    ("text_encoder_2", 694_659_840),
    ("text_encoder_3", 4_762_310_656),
    ("vae", 83_819_683),
)
_MEDIUM_WEIGHTS = (*_SHARED_WEIGHTS, ("transformer", 2_469_663_936))
_LARGE_WEIGHTS = (*_SHARED_WEIGHTS, ("transformer", 8_146_280_768))

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
        needs_gpu=True,
        weights=_MEDIUM_WEIGHTS,
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
        needs_gpu=True,
        weights=_LARGE_WEIGHTS,
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
        needs_gpu=True,
        weights=_LARGE_WEIGHTS,
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
