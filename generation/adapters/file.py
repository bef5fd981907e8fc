"""Adapter files: finds one, reads its header, and says what speaks against it before any weight is loaded."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generation.adapters.config import read_config
from generation.adapters.header import LENGTH_BYTES, header_length, parse_header
from generation.adapters.keys import KEY, check_keys
from generation.adapters.local import WEIGHT_NAME as WEIGHT_NAME
from generation.adapters.local import local_adapter
from generation.adapters.names import HubName, check_printable, parse_hub_name
from generation.errors import AdapterRejected
from generation.file_digest import file_digest
from generation.locations import DEMO_ADAPTER, REMAKE_ASSETS

METADATA_KEY = "lora_adapter_metadata"
RECORD_KEY = "training_record"

_DTYPES = ("F32", "F16", "BF16")


@dataclass(frozen=True)
class AdapterHeader:
    """What an adapter file says of itself: shape per key, and where they are recorded PEFT's configuration
    and how the adapter was trained.

    `path` of a file that is still on the Hub is its name there. `content` is the header as it is written.
    """

    path: Path
    shapes: Mapping[str, tuple[int, ...]]
    config: Mapping[str, Any] | None
    record: Mapping[str, Any] | None
    dtypes: tuple[str, ...]
    size_bytes: int
    content: bytes

    def modules(self) -> dict[str, tuple[tuple[int, ...], tuple[int, ...]]]:
        """Per changed module the shapes of A (rank, inputs) and B (outputs, rank)."""
        names = sorted({found["module"] for key in self.shapes if (found := KEY.fullmatch(key))})
        return {name: (self._shape(name, "A.weight"), self._shape(name, "B.weight")) for name in names}

    def ranks(self) -> dict[str, int]:
        """Per changed module the rows of A."""
        return {module: down[0] if down else 0 for module, (down, _) in self.modules().items()}

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


HeaderCheck = Callable[[AdapterHeader], None]  # raises AdapterRejected


@dataclass(frozen=True)
class FoundAdapter:
    """An adapter on this machine: the name and the revision that a recipe records, and its file.

    The revision is the commit of one from the Hub, and the SHA-256 of any other, in hex.
    """

    name: str
    revision: str
    path: Path

    @property
    def is_from_hub(self) -> bool:
        """Whether it lies in the Hub's cache, where what a commit holds never changes."""
        return self.path.parent.name == self.revision


def find_adapter(adapter: str, revision: str | None = None, check: HeaderCheck | None = None) -> FoundAdapter:
    """The adapter of a name, as `resolve_adapter` finds it, with what a recipe records of it.

    Raises:
        AdapterRejected: nothing is there, or nothing that can be used.
    """
    path, hub = resolve_adapter(adapter, revision, check), hub_name(adapter, revision)
    if hub:
        return FoundAdapter(hub.repository, path.parent.name, path)
    # The last part of a path, followed through links: it tells nothing of this machine.
    name = adapter if adapter == "demo" else Path(adapter).expanduser().resolve().name
    return FoundAdapter(name, adapter_revision(path), path)


def resolve_adapter(adapter: str, revision: str | None = None, check: HeaderCheck | None = None) -> Path:
    """The file of an adapter: "demo", a safetensors file, its folder, or `owner/name[@revision]` on the Hub.

    What exists on this machine is meant before what may be on the Hub. From there it is fetched once and
    kept, after its header alone has passed `check`; `revision` is the commit that a recipe records.

    Raises:
        AdapterRejected: nothing is there, or nothing that can be used.
    """
    check_printable(adapter)
    if hub := hub_name(adapter, revision):
        # Only now: the client takes time that a file of this machine need not wait for.
        from generation.adapters.hub import fetch_adapter

        return fetch_adapter(hub, check)
    if adapter == "demo":
        path = local_adapter(DEMO_ADAPTER, f"make it with {REMAKE_ASSETS}")
    else:
        path = local_adapter(Path(adapter).expanduser(), "give a safetensors file, or owner/name on the Hub")
    if check:
        check(read_adapter_header(path))
    return path


def adapter_revision(path: Path) -> str:
    """SHA-256 of an adapter file, in hex: the revision a recipe records of one that is not from the Hub."""
    return file_digest(path)


def hub_name(adapter: str, revision: str | None = None) -> HubName | None:
    """What an adapter's name means on the Hub; None where it is one of this machine."""
    return None if Path(adapter).expanduser().exists() else parse_hub_name(adapter, revision)


def read_adapter_header(path: Path) -> AdapterHeader:
    """Read names, shapes and metadata, and no weight.

    Raises:
        AdapterRejected: not a safetensors file, or not a LoRA of the transformer in PEFT's naming.
    """
    try:
        with path.open("rb") as file:
            size_bytes = path.stat().st_size
            length = header_length(file.read(LENGTH_BYTES), size_bytes, path.name)
            content = file.read(length)
    except OSError as error:
        raise AdapterRejected(f"{path.name} cannot be read ({error.strerror}): get it again.") from None
    return build_adapter_header(path, content, size_bytes)


def build_adapter_header(path: Path, content: bytes, size_bytes: int) -> AdapterHeader:
    """The header of a file of `size_bytes` in all; `content` comes without the length before it.

    Raises:
        AdapterRejected: not a safetensors file, or not a LoRA of the transformer in PEFT's naming.
    """
    name, file = path.name, parse_header(content, size_bytes, path.name)
    check_keys(file.tensors, name)
    config, record = (_read_object(name, key, file.metadata.get(key)) for key in (METADATA_KEY, RECORD_KEY))
    header = AdapterHeader(
        path,
        {key: entry.shape for key, entry in file.tensors.items()},
        None if config is None else read_config(config, name),
        record,
        tuple(sorted({entry.dtype for entry in file.tensors.values()})),
        size_bytes,
        content,
    )
    _check_numbers(header)
    _check_kind(header)
    return header


def _read_object(name: str, key: str, text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise AdapterRejected(f"{name} has unreadable {key}: export it again.")
    return value


def _check_numbers(header: AdapterHeader) -> None:
    strange = [dtype for dtype in header.dtypes if dtype not in _DTYPES]
    if strange:
        raise AdapterRejected(
            f"{header.path.name} holds numbers of type {strange[0]}, where an adapter has floats of 32 "
            "or 16 bits (F32, F16, BF16): export it as one of these."
        )


def _check_kind(header: AdapterHeader) -> None:
    # Left to itself, peft drops the magnitudes of a file that does not say it is DoRA, or invents them.
    if header.config is not None and bool(header.config.get("use_dora")) != header.is_dora:
        said, held = ("plain LoRA", "holds") if header.is_dora else ("DoRA", "lacks")
        raise AdapterRejected(
            f"{header.path.name} says it is {said}, but {held} DoRA's magnitudes: export it again."
        )


def _is_magnitude(key: str) -> bool:
    return key.endswith(".lora_magnitude_vector")
