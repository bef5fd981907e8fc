"""Values as the address says them: plain digits, 0 and 1, and lists that commas part."""

from __future__ import annotations

import re
from typing import Any

from studio.address_parts import read_number


def write_value(value: Any) -> str:
    """What an address says for a value."""
    if isinstance(value, tuple):
        return ",".join(value)
    return "1" if value is True else str(value)


def read_value(kind: str, text: str) -> Any:
    """The value that an address says; `kind` is the annotation of the field that holds it.

    Raises:
        ValueError: the text is none of this kind.
    """
    if kind.startswith("tuple"):
        return tuple(part for part in text.split(",") if part)
    if kind == "bool":
        return _yes(text)
    if kind.startswith("int"):
        return _whole(text)
    if kind.startswith("float"):
        return _finite(text)
    return text


def _whole(text: str) -> int:
    if not re.fullmatch("[0-9]{1,10}", text) or not int(text) < 2**31:
        raise ValueError(text)
    return int(text)


def _finite(text: str) -> float:
    number = read_number(text)
    if number is None or not abs(number) < 1e6:
        raise ValueError(text)
    return number


def _yes(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError(text)
    return text == "1"
