"""Random selections: buckets by their weights, then an attribute of each by its weight."""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import cache, lru_cache
from math import fsum

from prompt_engine.buckets import GENDERS, Bucket, buckets
from prompt_engine.errors import InvalidSelection
from prompt_engine.selection import MOST_ATTRIBUTES, Selection


def sample_selection(rng: random.Random, gender: str | None = None, size: int = 3) -> Selection:
    """Draw `size` different attributes; without a gender, that is drawn too, both alike.

    An exclusive bucket is drawn at most once, a repeatable one until it is empty.
    Only `rng.random()` is used, which Python promises never to change: one seed, one list, on any machine.

    Raises:
        InvalidSelection: more attributes than the buckets can give together, or fewer than none.
    """
    check_size(size, gender)
    drawn_gender = GENDERS[int(rng.random() * len(GENDERS))] if gender is None else gender
    return _selected(drawn_gender, frozenset(_draw(rng, drawn_gender, size)))


# The likely prompts are drawn again and again: making one costs as much as drawing it.
@lru_cache(maxsize=16384)
def _selected(gender: str, labels: frozenset[str]) -> Selection:
    return Selection(gender, tuple(labels))


def check_size(size: int, gender: str | None = None) -> None:
    """Refuse a number of attributes that no drawn prompt can have.

    Raises:
        InvalidSelection: more attributes than go together, or fewer than none; an unknown gender.
    """
    most = largest_selection(gender)
    if not 0 <= size <= most:
        whom = f"a {gender}" if gender else "either gender"
        raise InvalidSelection(f"Cannot draw {size} attributes for {whom}: choose 0 to {most}.")


@cache
def largest_selection(gender: str | None = None) -> int:
    """The most attributes that can be drawn together; without a gender, for either of them.

    Raises:
        InvalidSelection: an unknown gender.
    """
    return min(
        MOST_ATTRIBUTES,
        *(
            sum(len(each.attributes) if each.repeatable else 1 for each in buckets(each_gender))
            for each_gender in ([gender] if gender else GENDERS)
        ),
    )


def _draw(rng: random.Random, gender: str, size: int) -> tuple[str, ...]:
    by_name = _by_name(gender)
    weights = {name: bucket.weight for name, bucket in by_name.items()}
    drawn: list[str] = []
    while len(drawn) < size:
        bucket = by_name[_weighted(rng, weights)]
        left = {label: weight for label, weight in bucket.attributes.items() if label not in drawn}
        drawn.append(_weighted(rng, left))
        if not bucket.repeatable or len(left) == 1:
            del weights[bucket.name]
    return tuple(drawn)


@cache
def _by_name(gender: str) -> Mapping[str, Bucket]:
    return {bucket.name: bucket for bucket in buckets(gender)}


def _weighted(rng: random.Random, weights: Mapping[str, float]) -> str:
    target = rng.random() * fsum(weights.values())
    for name, weight in weights.items():
        target -= weight
        if target < 0:
            return name
    return name  # rounding may leave a target of exactly 0 after the last weight
