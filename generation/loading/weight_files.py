"""Which files hold a model's weights: whether they are here and whole, and how many weights they hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

INDEX = "model_index.json"

TEXT_ENCODERS = ("text_encoder", "text_encoder_2", "text_encoder_3")
WEIGHTY_PARTS = ("transformer", "vae", *TEXT_ENCODERS)


def read_index(folder: Path) -> dict[str, Any]:
    """A model's parts by name, each with the library and the class that it comes from, or two times None.

    Raises:
        OSError, ValueError: there is no such file, or it cannot be read.
    """
    return json.loads((folder / INDEX).read_text(encoding="utf-8"))


def weight_files(part: Path) -> list[Path]:
    """The files that a part's weights are read from, given its folder, whether or not they are here.

    Raises:
        OSError, ValueError: the list of several files cannot be read.
    """
    # The folder's name tells transformers' classes from diffusers', which name their file otherwise.
    stem = "model" if part.name.startswith("text_encoder") else "diffusion_pytorch_model"
    several = part / f"{stem}.safetensors.index.json"
    if not several.exists():
        return [part / f"{stem}.safetensors"]
    names = json.loads(several.read_text(encoding="utf-8"))["weight_map"].values()
    return [part / name for name in sorted(set(names))]


def missing_files(folder: Path) -> list[str]:
    """What a model's folder lacks to be loaded, or holds only the beginning of, relative to it."""
    try:
        present = [name for name, source in read_index(folder).items() if _is_part(source)]
        wanted = [path for part in present for path in _wanted(folder, part)]
    except (OSError, ValueError, KeyError):
        return [INDEX]
    return [path.relative_to(folder).as_posix() for path in wanted if not _is_whole(path)]


def count_weights(folder: Path) -> dict[str, int]:
    """How many weights each part has, told from its files' headers.

    Raises:
        OSError, ValueError: a file is not here, or not whole.
    """
    parts = [
        part for part, source in read_index(folder).items() if part in WEIGHTY_PARTS and _is_part(source)
    ]
    return {part: sum(_count(path) for path in weight_files(folder / part)) for part in parts}


def _is_part(source: Any) -> bool:
    return isinstance(source, list) and source[0] is not None


def _wanted(folder: Path, part: str) -> Iterator[Path]:
    if part in WEIGHTY_PARTS:
        yield folder / part / "config.json"
        yield from weight_files(folder / part)
    elif part.startswith("tokenizer"):
        yield folder / part / "tokenizer_config.json"
    elif part == "scheduler":
        yield folder / part / "scheduler_config.json"


def _is_whole(path: Path) -> bool:
    if path.suffix != ".safetensors":
        return path.is_file() and path.stat().st_size > 0
    try:
        with safe_open(path, framework="np"):
            return True  # it compares the length of the file with what the header says
    except (OSError, SafetensorError):
        return False


def _count(path: Path) -> int:
    try:
        with safe_open(path, framework="np") as file:
            return sum(prod(file.get_slice(key).get_shape()) for key in file.keys())  # noqa: SIM118 - not a dict
    except SafetensorError as error:
        raise ValueError(f"{path.name} is not whole: {error}") from error
