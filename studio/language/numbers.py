"""Numbers as a language groups them: 8,072.5 in English, 8.072,5 in German."""

from __future__ import annotations

import re

NUMBER = r"-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_COUNTED = re.compile(rf"(?<![\w.,]){NUMBER}(?![\w.,]*[\w])")
_ALONE = re.compile(rf"[^A-Za-z]*{NUMBER}(?:[^A-Za-z]|\b(?:s|ms|min|h|px|kB|MB|GB|GiB)\b)*")
_UNIT = re.compile(r"(?<=\d)(?: (?=(?:s|ms|min|h|px|kB|MB|GB|GiB)\b)| ?(?=%))")
_SWAPPED = str.maketrans(",.", ".,")


def is_figure(text: str) -> bool:
    """Whether a text is made of numbers, signs and units alone, which every language here writes alike."""
    return _ALONE.fullmatch(text) is not None


def grouped(text: str) -> str:
    """Every number of a text with the other separators, and its unit on the same line."""
    return with_units(_COUNTED.sub(lambda found: found[0].translate(_SWAPPED), text))


def with_units(text: str) -> str:
    """A text with every unit on the line of its number."""
    return _UNIT.sub("\N{NO-BREAK SPACE}", text)
