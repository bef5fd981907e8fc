"""How long the demo model takes for both portraits once it is loaded."""

from __future__ import annotations

import statistics
import time
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING

from bench.table import Row
from generation.errors import GenerationError
from generation.open_workshop import open_workshop
from generation.recipe import Recipe
from prompt_engine.realiser import realise
from prompt_engine.selection import Selection

if TYPE_CHECKING:
    from generation.workshop import Workshop

REPEATS = 5
WHAT = "demo comparison, both arms, 20 steps, warm"


def measure_comparison() -> Iterator[Row]:
    workshop = open_workshop()
    try:
        times_s = [_compare_s(workshop, seed) for seed in range(1 + REPEATS)][1:]
    except GenerationError as error:
        yield Row(WHAT, 3.0, None, "s", str(error))
        return
    yield Row(
        WHAT, 3.0, statistics.median(times_s), "s", f"median of {REPEATS}, slowest {max(times_s):.2f} s"
    )


def _compare_s(workshop: Workshop, seed: int) -> float:
    selection = Selection("female", ("Black_Hair", "Smiling", "Eyeglasses"))
    recipe = Recipe(realise(selection), seed, selection, steps=20)
    started = time.perf_counter()
    deque(workshop.compare(recipe), maxlen=0)
    return time.perf_counter() - started
