"""Advice on a name that nobody knows."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def name_advice(name: object, known: Iterable[str], prefix: str = "") -> str:
    """`did you mean 'NEAREST'?`, with `prefix` before it, or all that is known where nothing is near."""
    known = tuple(known)
    by_folded = {option.casefold(): option for option in known}
    near = get_close_matches(str(name).casefold().replace(" ", "_"), by_folded, n=1)
    if near:
        return f"did you mean {prefix + by_folded[near[0]]!r}?"
    return f"choose one of {', '.join(known)}."
