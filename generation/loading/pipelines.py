"""A model's specification to its pipeline, from weights that are already on this machine."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch
from diffusers import SD3Transformer2DModel, StableDiffusion3Pipeline

from generation.errors import ModelUnavailable
from generation.file_digest import file_digest
from generation.hub.access import cached_model
from generation.hub.refusals import half
from generation.loading.weight_files import INDEX, read_index
from generation.locations import REMAKE_ASSETS, REPOSITORY
from generation.models import ModelSpec

# What a part of the work needs of a pipeline.
IMAGE_PARTS = ("vae",)
TEXT_PARTS = (
    *("text_encoder", "text_encoder_2", "text_encoder_3"),
    *("tokenizer", "tokenizer_2", "tokenizer_3"),
)
DENOISING_PARTS = ("transformer", "scheduler")
# While transformers reads a model, it changes torch for all threads: two at once would spoil both.
_READING = threading.Lock()

_ALL_PARTS = (*IMAGE_PARTS, *TEXT_PARTS, *DENOISING_PARTS)


def find_model(spec: ModelSpec) -> Path:
    """The folder that holds a model's weights; nothing is downloaded.

    Raises:
        ModelUnavailable: they are not here; says how to get them.
    """
    if not spec.bundled:
        return cached_model(spec)
    folder = REPOSITORY / spec.repo
    if not (folder / INDEX).is_file():
        raise ModelUnavailable(f"There is no {spec.title} at {spec.repo}: make it with {REMAKE_ASSETS}.")
    return folder


def model_revision(spec: ModelSpec, digest_of: Callable[[Path], str] = file_digest) -> str:
    """What a recipe records of the weights: the Hub commit, or a bundled model's SHA-256 in hex.

    `digest_of` gives the SHA-256 of a file, in hex: whoever asks often may remember it.

    Raises:
        ModelUnavailable: the weights are not here, or not complete.
    """
    folder = find_model(spec)
    if not spec.bundled:
        return folder.name
    # Only what diffusers reads: a download leaves notes of its own there, other ones each time.
    parts = [name for name, source in _index(spec, folder).items() if isinstance(source, list)]
    digest = hashlib.sha256()
    for path in sorted([folder / INDEX, *files_of(folder, parts)]):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(bytes.fromhex(digest_of(path)))
    return digest.hexdigest()


def files_of(folder: Path, parts: Iterable[str]) -> list[Path]:
    """All files of some parts of a model's folder, without hidden ones; none of a part that is not there."""
    paths = (path for part in parts for path in (folder / part).rglob("*") if path.is_file())
    return sorted(path for path in paths if not _hidden(path.relative_to(folder)))


def _hidden(path: Path) -> bool:
    return any(name.startswith(".") for name in path.parts)


def placement(device: str | torch.device | None = None) -> tuple[torch.device, torch.dtype]:
    """Where models go: to a GPU in bfloat16, where there is one, and to a CPU in float32."""
    place = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    return place, torch.float32 if place.type == "cpu" else torch.bfloat16


def load_pipeline(
    spec: ModelSpec,
    device: str | torch.device | None = None,
    parts: Collection[str] = _ALL_PARTS,
    dtype: torch.dtype | None = None,
    past_host_memory: bool = False,
    given: Mapping[str, Any] = MappingProxyType({}),
) -> StableDiffusion3Pipeline:
    """Load a model to its `placement`, or only some parts of it: the others are None and cost nothing.

    `dtype`: None for the placement's. `past_host_memory`: put each weight where it goes as it is read, so
    that the host never holds a whole encoder; a Space on ZeroGPU cannot do that. `given` are parts that are
    loaded already, which stay where they are.

    Raises:
        ModelUnavailable: the weights are not here, or not complete.
    """
    place, usual_dtype = placement(device)
    folder = find_model(spec)
    absent = _left_out(_index(spec, folder)) | dict.fromkeys(part for part in _ALL_PARTS if part not in parts)
    absent = {part: None for part in absent if part not in given}
    try:
        with _READING:
            pipeline = StableDiffusion3Pipeline.from_pretrained(
                folder,
                dtype=dtype or usual_dtype,
                local_files_only=True,
                device_map=place.type if past_host_memory else None,
                **absent,
                **given,
            )
        for name, part in pipeline.components.items():
            if isinstance(part, torch.nn.Module) and name not in given:
                part.to(place)
        if pipeline.tokenizer is not None and pipeline.text_encoder_3 is None and "transformer" in absent:
            # Where there is no T5, encoding a prompt asks the transformer how wide T5's embeddings would be.
            pipeline.transformer = build_weightless_transformer(folder)
    except (OSError, ValueError, KeyError) as error:
        raise _incomplete(spec, error) from error
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def build_weightless_transformer(folder: Path) -> SD3Transformer2DModel:
    """The transformer of a model's folder as its configuration describes it, on the meta device.

    Raises:
        OSError: there is no such configuration.
    """
    with torch.device("meta"):
        return SD3Transformer2DModel.from_config(SD3Transformer2DModel.load_config(folder / "transformer"))


def _left_out(index: Mapping[str, Any]) -> dict[str, None]:
    # Components saved as absent (the demo model's T5) must be named again, or diffusers calls them missing.
    return {name: None for name, source in index.items() if isinstance(source, list) and source[0] is None}


def _index(spec: ModelSpec, folder: Path) -> dict[str, Any]:
    try:
        return read_index(folder)
    except (OSError, ValueError) as error:
        raise _incomplete(spec, error) from error


def _incomplete(spec: ModelSpec, error: Exception) -> ModelUnavailable:
    if not spec.bundled:
        return ModelUnavailable(half(spec, [str(error)]))
    return ModelUnavailable(
        f"{spec.title} in {spec.repo} is incomplete ({error}): make it again with {REMAKE_ASSETS}."
    )
