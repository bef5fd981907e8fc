"""Markdown, as far as a card needs it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; a bar within a cell does not end it."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(
        f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in row)} |" for row in lines
    )


def code(language: str, text: str) -> str:
    """A block of code; backticks within, however many, do not end it."""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}{language}\n{text.strip()}\n{fence}"


def section(title: str, *paragraphs: str) -> str:
    """A heading and what stands under it; what is empty is left out."""
    return "\n\n".join([f"## {title}", *(each for each in paragraphs if each)])
