"""Advice on a name that nobody knows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

_MOST_LISTED = 12


def name_advice(name: object, known: Iterable[str], prefix: str = "") -> str:
    """`did you mean 'NEAREST'?`, with `prefix` before it, or what is known where nothing is near."""
    known = tuple(known)
    by_folded = {option.casefold(): option for option in known}
    near = get_close_matches(str(name).casefold().replace(" ", "_"), by_folded, n=1)
    if near:
        return f"did you mean {prefix + by_folded[near[0]]!r}?"
    return f"choose one of {list_names(known)}."


def list_names(known: Sequence[str]) -> str:
    """All names; of many the first ones and the last, so that a sentence stays one."""
    if len(known) <= _MOST_LISTED:
        return ", ".join(known)
    return f"{', '.join(known[:3])}, … {known[-1]} ({len(known)} in all)"
