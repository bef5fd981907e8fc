"""Random selections: buckets by their weights, then an attribute of each by its weight."""

from __future__ import annotations

import random
from collections.abc import Mapping
from math import fsum

from prompt_engine.buckets import GENDERS, buckets
from prompt_engine.errors import InvalidSelection
from prompt_engine.selection import Selection


def sample_selection(rng: random.Random, gender: str | None = None, size: int = 3) -> Selection:
    """Draw `size` different attributes; without a gender, that is drawn too, both alike.

    An exclusive bucket is drawn at most once, a repeatable one until it is empty.
    Only `rng.random()` is used, which Python promises never to change: one seed, one list, on any machine.

    Raises:
        InvalidSelection: more attributes than the buckets can give together, or fewer than none.
    """
    most = largest_selection(gender)
    if not 0 <= size <= most:
        whom = f"a {gender}" if gender else "either gender"
        raise InvalidSelection(f"Cannot draw {size} attributes for {whom}: choose 0 to {most}.")
    drawn_gender = GENDERS[int(rng.random() * len(GENDERS))] if gender is None else gender
    return Selection(drawn_gender, _draw(rng, drawn_gender, size))


def largest_selection(gender: str | None = None) -> int:
    """The most attributes that can be drawn together; without a gender, for either of them.

    Raises:
        InvalidSelection: an unknown gender.
    """
    return min(
        sum(len(each.attributes) if each.repeatable else 1 for each in buckets(each_gender))
        for each_gender in ([gender] if gender else GENDERS)
    )


def _draw(rng: random.Random, gender: str, size: int) -> tuple[str, ...]:
    left = {each.name: dict(each.attributes) for each in buckets(gender)}
    weights = {each.name: each.weight for each in buckets(gender)}
    repeatable = {each.name for each in buckets(gender) if each.repeatable}
    drawn: list[str] = []
    while len(drawn) < size:
        name = _weighted(rng, weights)
        label = _weighted(rng, left[name])
        del left[name][label]
        drawn.append(label)
        if name not in repeatable or not left[name]:
            del weights[name]
    return tuple(drawn)


def _weighted(rng: random.Random, weights: Mapping[str, float]) -> str:
    target = rng.random() * fsum(weights.values())
    for name, weight in weights.items():
        target -= weight
        if target < 0:
            return name
    return name  # rounding may leave a target of exactly 0 after the last weight
