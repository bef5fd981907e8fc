"""Adapter files: finds one, reads its header, and says what speaks against it before any weight is loaded."""

from __future__ import annotations

import json
import re
import reprlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from generation.errors import AdapterRejected
from generation.file_digest import file_digest
from generation.locations import DEMO_ADAPTER, REMAKE_ASSETS

WEIGHT_NAME = "pytorch_lora_weights.safetensors"
METADATA_KEY = "lora_adapter_metadata"
RECORD_KEY = "training_record"

_KEY = re.compile(r"transformer\.(?P<module>.+)\.(lora_[AB]\.weight|lora_magnitude_vector)")
_PICKLE_SUFFIXES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")
_KOHYA_PREFIXES = ("lora_unet_", "lora_te", "lora_transformer_")


@dataclass(frozen=True)
class AdapterHeader:
    """What an adapter file says of itself: shape per key, and where they are recorded PEFT's configuration
    and how the adapter was trained.
    """

    path: Path
    shapes: Mapping[str, tuple[int, ...]]
    config: Mapping[str, Any] | None
    record: Mapping[str, Any] | None = None

    def modules(self) -> dict[str, tuple[tuple[int, ...], tuple[int, ...]]]:
        """Per changed module the shapes of A (rank, inputs) and B (outputs, rank)."""
        names = sorted({found["module"] for key in self.shapes if (found := _KEY.fullmatch(key))})
        return {name: (self._shape(name, "A.weight"), self._shape(name, "B.weight")) for name in names}

    @property
    def is_dora(self) -> bool:
        """Whether it also sets how large each output's weights are in all."""
        return any(_is_magnitude(key) for key in self.shapes)

    def magnitudes(self) -> dict[str, tuple[int, ...]]:
        """Per module that a DoRA changes, the shape of its magnitudes (outputs,)."""
        return (
            {name: self._shape(name, "magnitude_vector") for name in self.modules()} if self.is_dora else {}
        )

    def _shape(self, module: str, part: str) -> tuple[int, ...]:
        key = f"transformer.{module}.lora_{part}"
        if key not in self.shapes:
            raise AdapterRejected(f"{self.path.name} is incomplete, {key} is missing: export it again.")
        return self.shapes[key]


def resolve_adapter(adapter: str) -> Path:
    """The file of an adapter: "demo", a safetensors file, or a folder that holds one.

    Raises:
        AdapterRejected: nothing is there, or only a pickle.
    """
    path = DEMO_ADAPTER if adapter == "demo" else Path(adapter).expanduser()
    if path.is_dir():
        path = _file_in(path)
    if not path.is_file():
        advice = f"make it with {REMAKE_ASSETS}" if adapter == "demo" else "give a safetensors file"
        raise AdapterRejected(f"There is no adapter at {path}: {advice}.")
    if path.suffix.lower() in _PICKLE_SUFFIXES or _starts_like_pickle(path):
        raise AdapterRejected(
            f"{path.name} is a pickle, which can run code when it is opened: save the adapter as safetensors."
        )
    return path


def adapter_revision(path: Path) -> str:
    """SHA-256 of an adapter file, in hex: the revision a recipe records."""
    return file_digest(path)


def read_adapter_header(path: Path) -> AdapterHeader:
    """Read names, shapes and metadata, and no weight.

    Raises:
        AdapterRejected: not a safetensors file, or not a LoRA of the transformer in PEFT's naming.
    """
    try:
        with safe_open(path, framework="pt") as file:
            shapes = {key: tuple(file.get_slice(key).get_shape()) for key in file.keys()}  # noqa: SIM118
            metadata = file.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise AdapterRejected(f"{path.name} is no whole safetensors file ({error}): get it again.") from None
    _check_keys(path, list(shapes))
    config, record = (_read_object(path, key, metadata.get(key)) for key in (METADATA_KEY, RECORD_KEY))
    header = AdapterHeader(path, shapes, _check_config(path, config), record)
    _check_kind(header)
    return header


def _file_in(folder: Path) -> Path:
    found = sorted(folder.glob("*.safetensors"))
    if (folder / WEIGHT_NAME) in found or not found:
        pickles = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in _PICKLE_SUFFIXES]
        return folder / WEIGHT_NAME if found or not pickles else pickles[0]
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise AdapterRejected(f"{folder} holds several adapters ({names}): give the path of one of them.")
    return found[0]


def _starts_like_pickle(path: Path) -> bool:
    with path.open("rb") as file:
        start = file.read(9)
    if start[8:] == b"{":  # a safetensors header, whose length in the first 8 bytes may look like anything
        return False
    # torch.save writes a zip; before 2020 it wrote a bare pickle.
    return start.startswith(b"PK\x03\x04") or (start[:1] == b"\x80" and start[1:2] in b"\x02\x03\x04\x05")


def _check_keys(path: Path, keys: list[str]) -> None:
    if any(key.startswith(_KOHYA_PREFIXES) for key in keys):
        raise AdapterRejected(
            f"{path.name} uses kohya's key names ({keys[0]}), of which diffusers would load nothing: "
            "convert it to the diffusers format."
        )
    if not any("lora" in key for key in keys):
        raise AdapterRejected(f"{path.name} holds no LoRA weights: give an adapter, not a whole model.")
    if any(key.startswith("text_encoder") for key in keys):
        raise AdapterRejected(
            f"{path.name} also changes the text encoder, so the two portraits would not share a prompt: "
            "use an adapter of the transformer only."
        )
    strange = [key for key in keys if not _KEY.fullmatch(key)]
    if strange:
        raise AdapterRejected(
            f"{path.name} holds {strange[0]}, which is neither plain LoRA (transformer.….lora_A.weight) nor "
            "DoRA: export it as one of these in the diffusers format."
        )


def _read_object(path: Path, key: str, text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise AdapterRejected(f"{path.name} has unreadable {key}: export it again.")
    return value


def _check_config(path: Path, config: dict[str, Any] | None) -> Mapping[str, Any] | None:
    if config is None:
        return None
    config = {key.removeprefix("transformer."): value for key, value in config.items()}
    pattern = config.get("alpha_pattern") or {}
    alphas = [config.get("lora_alpha", 1), *(pattern.values() if isinstance(pattern, dict) else [pattern])]
    # JSON's whole numbers have no end: `math.isfinite` fails where one is larger than any float.
    if not all(isinstance(alpha, int | float) and abs(alpha) <= sys.float_info.max for alpha in alphas):
        shown = reprlib.repr(alphas)
        raise AdapterRejected(f"{path.name} has alphas that cannot be used ({shown}): export it again.")
    if config.get("modules_to_save"):
        raise AdapterRejected(
            f"{path.name} says it replaces whole modules, which cannot be faded by a scale: use a LoRA."
        )
    return config


def _check_kind(header: AdapterHeader) -> None:
    # Left to itself, peft drops the magnitudes of a file that does not say it is DoRA, or invents them.
    if header.config is not None and bool(header.config.get("use_dora")) != header.is_dora:
        said, held = ("plain LoRA", "holds") if header.is_dora else ("DoRA", "lacks")
        raise AdapterRejected(
            f"{header.path.name} says it is {said}, but {held} DoRA's magnitudes: export it again."
        )


def _is_magnitude(key: str) -> bool:
    return key.endswith(".lora_magnitude_vector")
