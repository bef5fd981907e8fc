"""Which prompts of the catalogue are kept, and why each of the others is dropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from prompt_engine.buckets import GENDERS, offered
from prompt_engine.catalogue import CatalogueRow
from prompt_engine.counts import AggregateCounts
from prompt_engine.errors import InvalidSelection
from prompt_engine.facets import COLUMN
from prompt_engine.relations import Lift, triple_lifts
from prompt_engine.reliability import Tier, worst_tier

DEFAULT_THRESHOLD = 200


@dataclass(frozen=True)
class PromptFilter:
    """What a prompt must reach: enough images, not surely rarer than chance, no worse labels than a tier.

    Raises:
        InvalidSelection: a number that no count or lift can have.
    """

    least_images: int = DEFAULT_THRESHOLD
    least_lift: float | None = None
    worst_tier: Tier = Tier.RANDOM

    def __post_init__(self) -> None:
        if self.least_images < 0:
            raise InvalidSelection(f"The threshold is {self.least_images}: use 0 or more images.")
        if self.least_lift is not None and not self.least_lift >= 0:
            raise InvalidSelection(f"The lift bound is {self.least_lift}: use a number of 0 or more.")

    def reasons(self, row: CatalogueRow, occurrence: Lift) -> tuple[str, ...]:
        """Why a prompt is dropped, in words; nothing for one that is kept."""
        reasons = []
        if row.count < self.least_images:
            needed = f"{row.count:,} images where {self.least_images:,} are needed"
            reasons.append(f"{needed}: {_cause(occurrence, self.least_images)}")
        if self.least_lift is not None and occurrence.high < self.least_lift:
            reasons.append(f"lift at most {occurrence.high:.2f}, below {self.least_lift:g}")
        tier = worst_tier(row.labels)
        if tier > self.worst_tier:
            reasons.append(f"has a {tier.word} label")
        return tuple(reasons)


class Assessed(NamedTuple):
    """A prompt of the catalogue, how often it occurs, and why it is dropped, if it is."""

    row: CatalogueRow
    occurrence: Lift
    reasons: tuple[str, ...]

    @property
    def kept(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.reasons


@dataclass(frozen=True)
class Loss:
    """How many prompts name an attribute, and how many of them are dropped."""

    gender: str
    label: str
    prompts: int
    dropped: int


def assess(
    rows: Sequence[CatalogueRow], counts: AggregateCounts, prompt_filter: PromptFilter
) -> list[Assessed]:
    """Every row of a counted catalogue, in its order; `counts` are of the same images."""
    occurrences = _occurrences(rows, counts)
    return [
        Assessed(row, occurrence, prompt_filter.reasons(row, occurrence))
        for row, occurrence in zip(rows, occurrences, strict=True)
    ]


def losses(assessed: Sequence[Assessed]) -> list[Loss]:
    """For every attribute and gender, what the filter drops; the greatest share first."""
    prompts = {(gender, label): [0, 0] for gender in GENDERS for label in offered(gender)}
    for each in assessed:
        for label in each.row.labels:
            named = prompts[each.row.gender, label]
            named[0] += 1
            named[1] += not each.kept
    found = [Loss(*key, named, dropped) for key, (named, dropped) in prompts.items() if named]
    return sorted(found, key=lambda loss: -loss.dropped / loss.prompts)


def _occurrences(rows: Sequence[CatalogueRow], counts: AggregateCounts) -> list[Lift]:
    found: list[Lift | None] = [None] * len(rows)
    for gender in GENDERS:
        places = [place for place, row in enumerate(rows) if row.gender == gender]
        named = [rows[place].labels for place in places]
        triples = np.array([[COLUMN[label] for label in labels] for labels in named], dtype=np.intp)
        observed = np.array([rows[place].count for place in places], dtype=np.int64)
        lifts = triple_lifts(counts, gender, triples.reshape(-1, 3), observed)
        for number, place in enumerate(places):
            found[place] = lifts.at(number)
    return [each for each in found if each is not None]


def _cause(occurrence: Lift, least_images: int) -> str:
    """Whether the attributes are rare, avoid each other, or both; and what chance would make."""
    causes = ["are rare"] if occurrence.expected < least_images else []
    causes += ["avoid each other"] if occurrence.high < 1 else []
    chance = f"chance would make {occurrence.expected:,.0f}"
    return f"its attributes {' and '.join(causes)}; {chance}" if causes else chance
