"""The header of a safetensors file, checked to the last byte before any of its weights is read.

Source: https://github.com/huggingface/safetensors, README.md, "Format".
"""

from __future__ import annotations

import json
import math
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from generation.errors import AdapterRejected

LENGTH_BYTES = 8  # of the number that a file begins with: how long its header is
LARGEST_HEADER_BYTES = 4 * 1024 * 1024  # one of a rank for every layer of SD 3.5 Large is a twentieth of it
_LONGEST_NAME = 200
_MOST_AXES = 8
_BYTES = {
    **dict.fromkeys(("F64", "I64", "U64"), 8),
    **dict.fromkeys(("F32", "I32", "U32"), 4),
    **dict.fromkeys(("F16", "BF16", "I16", "U16"), 2),
    **dict.fromkeys(("BOOL", "I8", "U8", "F8_E4M3", "F8_E5M2"), 1),
}


@dataclass(frozen=True)
class Entry:
    """One tensor: its number type, its shape, and where its bytes lie behind the header."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    stop: int


@dataclass(frozen=True)
class SafetensorsHeader:
    """What a file says of its tensors, and the text beside them."""

    tensors: Mapping[str, Entry]
    metadata: Mapping[str, str]


def header_length(start: bytes, size_bytes: int, name: str) -> int:
    """How many bytes of header follow the first 8 of a file of this size.

    Raises:
        AdapterRejected: the file ends before its header does, or the header is larger than any adapter's.
    """
    length = int.from_bytes(start[:LENGTH_BYTES], "little")
    if size_bytes == 0:
        raise _not_whole(name, "it is empty")
    # A cut file and one that is something else begin with a number that leads past their end.
    if len(start) < LENGTH_BYTES or not 2 <= length <= size_bytes - LENGTH_BYTES:
        raise _not_whole(name, f"its {size_bytes:,} bytes end before its header does")
    if length > LARGEST_HEADER_BYTES:
        raise AdapterRejected(
            f"{name} has a header of {length:,} bytes, where an adapter's has at most "
            f"{LARGEST_HEADER_BYTES:,}: export it again."
        )
    return length


def parse_header(content: bytes, size_bytes: int, name: str) -> SafetensorsHeader:
    """Read the header of a file of `size_bytes` in all; `content` is the header without its length.

    Raises:
        AdapterRejected: it is no header, or what it says cannot be true of this file.
    """
    values = _read_json(content, name)
    metadata = values.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise _broken(name, "its metadata is not text")
    tensors = {key: _read_entry(key, value, name) for key, value in values.items()}
    _check_layout(tensors, size_bytes - LENGTH_BYTES - len(content), name)
    return SafetensorsHeader(tensors, metadata)


def _read_json(content: bytes, name: str) -> dict[str, Any]:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise _broken(name, "it names something twice")
        return found

    try:
        values = json.loads(content.decode("utf-8"), object_pairs_hook=unique)
    except (ValueError, RecursionError):
        raise _not_whole(name, "its header is no JSON") from None
    if not isinstance(values, dict):
        raise _not_whole(name, "its header is no JSON object")
    return values


def _read_entry(key: str, value: Any, name: str) -> Entry:
    if not (key.isprintable() and len(key) <= _LONGEST_NAME):
        raise AdapterRejected(
            f"{name} has a weight named {reprlib.repr(key)}, not in plain letters or too long: "
            "export it again."
        )
    fields = value if isinstance(value, dict) else {}
    dtype, shape, place = (
        fields.get("dtype"),
        _counts(fields.get("shape")),
        _counts(fields.get("data_offsets")),
    )
    if not isinstance(dtype, str) or shape is None or place is None or len(place) != 2:
        raise _broken(name, f"what it says of {key} is unreadable")
    start, stop = place
    if dtype not in _BYTES:
        raise AdapterRejected(
            f"{name} holds {key} as {dtype[:20]!r}, which is no type of numbers: export it again."
        )
    if stop - start != math.prod(shape) * _BYTES[dtype]:
        raise _broken(
            name, f"{key} is {dtype} {list(shape)}, but {stop - start:,} bytes are set apart for it"
        )
    return Entry(dtype, shape, start, stop)


def _counts(values: Any) -> tuple[int, ...] | None:
    usable = isinstance(values, list) and len(values) <= _MOST_AXES
    return tuple(values) if usable and all(type(value) is int and value >= 0 for value in values) else None


def _check_layout(tensors: Mapping[str, Entry], size_bytes: int, name: str) -> None:
    """Tensors must follow one another: nothing is read twice, and nothing lies between them unseen."""
    stop, last = 0, "its header"
    for key, entry in sorted(tensors.items(), key=lambda item: (item[1].start, item[1].stop)):
        if entry.start < stop:
            raise _broken(name, f"{key} overlaps with {last}")
        if entry.start > stop:
            raise _broken(name, f"{entry.start - stop:,} bytes before {key} belong to nothing")
        stop, last = entry.stop, key
    if stop > size_bytes:
        raise _not_whole(name, f"{stop - size_bytes:,} bytes are missing at its end")
    if stop < size_bytes:
        raise _broken(name, f"{size_bytes - stop:,} bytes at its end belong to nothing")


def _not_whole(name: str, why: str) -> AdapterRejected:
    return AdapterRejected(f"{name} is no whole safetensors file ({why}): get it again.")


def _broken(name: str, why: str) -> AdapterRejected:
    return AdapterRejected(f"{name} has a header that cannot be true ({why}): export it again.")
