"""Rows in an order that depends on a seed alone: whoever asks for more gets the same ones first."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice

import numpy as np

from prompt_engine.bitmaps import Rows


def random_order(rows: Rows, seed: int) -> Iterator[int]:
    """Each of `rows` once; drawing a few of very many is quick."""
    rng, drawn = random.Random(seed), set[int]()
    while len(drawn) < len(rows):
        place = rng.randrange(len(rows))
        if place not in drawn:
            drawn.add(place)
            yield int(rows[place])


def sample_rows(rows: Rows, count: int, seed: int) -> Rows:
    """The first `count` of `rows` in random order, or all of them."""
    return np.fromiter(islice(random_order(rows, seed), count), dtype=np.int64)
