"""Selections with fewer attributes, where all of them together take more words than are read."""

from __future__ import annotations

import random
from collections.abc import Callable

from prompt_engine.selection import Selection


def shortened(selection: Selection, fits: Callable[[Selection], bool], rng: random.Random) -> Selection:
    """The selection without as many attributes, left out by chance, as it takes to fit; at worst, all."""
    while (selection.wanted or selection.unwanted) and not fits(selection):
        selection = _without_one(selection, rng)
    return selection


def _without_one(selection: Selection, rng: random.Random) -> Selection:
    named = (*selection.wanted, *selection.unwanted)
    left_out = named[int(rng.random() * len(named))]
    wanted, unwanted = (
        tuple(label for label in labels if label != left_out)
        for labels in (selection.wanted, selection.unwanted)
    )
    return Selection(selection.gender, wanted, unwanted)
