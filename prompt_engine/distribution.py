"""Which prompts a sampling mode draws, each with its exact probability."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, permutations
from math import fsum

from prompt_engine.buckets import GENDERS, bucket_of
from prompt_engine.catalogue import valid_labels
from prompt_engine.errors import InvalidSelection, UnknownName
from prompt_engine.facets import MatchCount
from prompt_engine.query import Query
from prompt_engine.selection import Selection

MODES = ("legacy", "faithful", "uniform", "coverage")
LARGEST_SIZE = 3  # attributes a prompt: more make too many prompts to list

Count = Callable[[Query], MatchCount]


@dataclass(frozen=True)
class Distribution:
    """Prompts and their weights, which need not sum to 1.

    Raises:
        InvalidSelection: no prompt at all has a weight.
    """

    prompts: tuple[Selection, ...]
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        if not any(self.weights):
            raise InvalidSelection(
                "No prompt is left to draw: lower the threshold, or take fewer attributes."
            )

    @cached_property
    def total(self) -> float:
        """The sum of all weights."""
        return fsum(self.weights)

    @cached_property
    def _cumulated(self) -> list[float]:
        return list(accumulate(self.weights))

    def draw(self, rng: random.Random) -> Selection:
        """One prompt. Only `rng.random()` is used: one seed, one list, on any machine."""
        target = rng.random() * self._cumulated[-1]
        return self.prompts[min(bisect_right(self._cumulated, target), self._last)]

    @cached_property
    def _last(self) -> int:
        """The last prompt that has a weight: rounding may leave a target at the very end."""
        return max(place for place, weight in enumerate(self.weights) if weight)

    def mentions(self) -> dict[tuple[str, str], float]:
        """The share of each attribute, by gender and label, in all attributes named; they sum to 1."""
        shares: dict[tuple[str, str], list[float]] = {}
        for prompt, weight in zip(self.prompts, self.weights, strict=True):
            for label in prompt.wanted:
                shares.setdefault((prompt.gender, label), []).append(weight / len(prompt.wanted))
        return {key: fsum(parts) / self.total for key, parts in shares.items()}


def distribution(
    mode: str,
    count: Count,
    gender: str | None = None,
    size: int = 3,
    least_images: int = 0,
    within: Query | None = None,
) -> Distribution:
    """All prompts of one size, one answer a bucket, as a mode draws them.

    legacy: by the documented weights, both genders alike. faithful: as often as images carry them.
    uniform: all alike. coverage: the rarer, the more often; those that no image carries never.
    With `least_images`, prompts of fewer images are never drawn. Counted are the images that `within` is
    about, its labels and gender aside.

    Raises:
        UnknownName: an unknown mode or gender.
        InvalidSelection: a size that is not 1 to LARGEST_SIZE, or nothing is left to draw.
    """
    if mode not in MODES:
        raise UnknownName.of("sampling mode", mode, MODES)
    if not 1 <= size <= LARGEST_SIZE:
        raise InvalidSelection(f"Prompts of {size} attributes cannot be listed: choose 1 to {LARGEST_SIZE}.")
    prompts = tuple(
        Selection(each, labels)
        for each in ([gender] if gender else GENDERS)
        for labels in valid_labels(each, size)
    )
    images = [count(Query.of(prompt, within)).images for prompt in prompts]
    weigh = _WEIGHTS[mode]
    return Distribution(
        prompts,
        tuple(
            weigh(prompt, found) if found >= least_images else 0.0
            for prompt, found in zip(prompts, images, strict=True)
        ),
    )


def rounded_percentages(shares: Mapping[str, float], decimals: int = 1) -> dict[str, float]:
    """Shares as percentages that sum to exactly 100 (by the largest remainder)."""
    unit = 10**decimals
    total = fsum(shares.values())
    exact = {name: 100 * unit * share / total for name, share in shares.items()}
    floors = {name: int(value) for name, value in exact.items()}
    missing = 100 * unit - sum(floors.values())
    by_remainder = sorted(exact, key=lambda name: floors[name] - exact[name])
    return {name: (floors[name] + (name in by_remainder[:missing])) / unit for name in shares}


def _legacy_weight(prompt: Selection, images: int) -> float:
    """The probability that the documented weights draw these attributes, in whatever order."""
    return fsum(_ordered_probability(prompt.gender, order) for order in permutations(prompt.wanted))


def _ordered_probability(gender: str, order: Sequence[str]) -> float:
    """Bucket by bucket, then an attribute of it; a bucket that is used up is drawn no more."""
    probability, gone = 1.0, 0.0
    taken: dict[str, float] = {}
    for label in order:
        bucket = bucket_of(gender, label)
        used = taken.get(bucket.name, 0.0)
        probability *= bucket.weight / (1.0 - gone) * bucket.attributes[label] / (1.0 - used)
        taken[bucket.name] = used + bucket.attributes[label]
        if not bucket.repeatable:
            gone += bucket.weight
    return probability


_WEIGHTS: Mapping[str, Callable[[Selection, int], float]] = {
    "legacy": _legacy_weight,
    "faithful": lambda prompt, images: float(images),
    "uniform": lambda prompt, images: 1.0,
    "coverage": lambda prompt, images: 1.0 / images if images else 0.0,
}
