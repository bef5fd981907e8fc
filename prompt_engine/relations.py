"""Which attributes go together more or less often than chance: observed and expected counts, lift, bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from itertools import combinations
from math import log

import numpy as np
import numpy.typing as npt

from prompt_engine.attributes import LABELS, attribute
from prompt_engine.conflicts import HARD_CONFLICTS
from prompt_engine.counts import AggregateCounts
from prompt_engine.facets import COLUMN
from prompt_engine.selection import Selection

Floats = npt.NDArray[np.float64]

VARYING = tuple(label for label in LABELS if label not in ("Male", "Blurry"))
RARE_IMAGES = 200  # fewer images than this: a rare combination
RARE_LIFT = 0.5  # surely less than half as often as by chance: a rare combination
_Z = 1.959964  # of a two-sided 95 % interval


class Conflict(Enum):
    """Whether two attributes can be asked for together."""

    HARD = "hard"  # refused: no face can have both
    SOFT = "soft"  # possible, and rare: warned
    FINE = "fine"


@dataclass(frozen=True)
class Lift:
    """How often something occurs, against how often it would if its attributes were independent.

    `low` and `high` bound the lift at 95 %, from the Poisson spread of the observed count.
    """

    observed: int
    expected: float
    lift: float
    low: float
    high: float

    @property
    def strength(self) -> float:
        """How far it surely is from chance: the natural logarithm of the bound nearer to 1, without sign.

        0 where chance may explain it, or where nothing is known.
        """
        if self.low > 1:
            return log(self.low)
        if self.high < 1:
            return -log(self.high)
        return 0.0


@dataclass(frozen=True)
class Relation:
    """Two attributes of one gender."""

    gender: str
    labels: tuple[str, str]
    occurrence: Lift
    conflict: Conflict


@dataclass(frozen=True)
class Lifts:
    """Arrays of one shape over combinations of one gender; lift is nan where none is expected."""

    observed: npt.NDArray[np.int64]
    expected: Floats
    lift: Floats
    low: Floats
    high: Floats

    def at(self, *place: int) -> Lift:
        """One combination by its place."""
        numbers = (self.expected[place], self.lift[place], self.low[place], self.high[place])
        return Lift(int(self.observed[place]), *map(float, numbers))


def measure_lifts(observed: npt.NDArray[np.int64], expected: Floats) -> Lifts:
    """Lift and its bounds of each combination."""
    low, high = poisson_bounds(observed)
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = [np.where(expected > 0, count / expected, np.nan) for count in (observed, low, high)]
    return Lifts(observed, expected, *scaled)


def poisson_bounds(observed: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
    """The 95 % bounds of the mean of a Poisson count (Byar's approximation).

    Source: Breslow and Day, Statistical Methods in Cancer Research II, 1987, section 2.3.
    """
    count = observed.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        low = count * (1 - 1 / (9 * count) - _Z / (3 * np.sqrt(count))) ** 3
    above = count + 1
    high = above * (1 - 1 / (9 * above) + _Z / (3 * np.sqrt(above))) ** 3
    return np.where(count > 0, low, 0.0), high


def pair_lifts(counts: AggregateCounts, gender: str) -> Lifts:
    """Every pair of the 40 labels, shape (40, 40); on the diagonal a label with itself."""
    total, singles = _singles(counts, gender)
    observed = np.diag(singles)
    for first, second in combinations(range(len(LABELS)), 2):
        observed[first, second] = observed[second, first] = counts.genders[gender][first, second]
    return measure_lifts(observed, np.outer(singles, singles) / max(total, 1))


def triple_lifts(
    counts: AggregateCounts, gender: str, triples: npt.NDArray[np.intp], observed: npt.NDArray[np.int64]
) -> Lifts:
    """Triples of columns, shape (n, 3), with their observed counts."""
    total, singles = _singles(counts, gender)
    return measure_lifts(observed, np.prod(singles[triples] / max(total, 1), axis=1) * total)


def all_triples(counts: AggregateCounts, gender: str) -> tuple[npt.NDArray[np.intp], Lifts]:
    """All 9,880 triples of the 40 labels, as columns of shape (9880, 3), and their lifts."""
    columns = list(combinations(range(len(LABELS)), 3))
    observed = np.array([counts.genders[gender][triple] for triple in columns], dtype=np.int64)
    triples = np.array(columns)
    return triples, triple_lifts(counts, gender, triples, observed)


def relation(lifts: Lifts, gender: str, first: str, second: str) -> Relation:
    """Two different attributes, from the lifts of all pairs of a gender, in whichever images.

    Whether they can be asked for together does not depend on those: it is decided by all of CelebA.
    """
    occurrence = lifts.at(COLUMN[first], COLUMN[second])
    return Relation(gender, (first, second), occurrence, find_conflict(gender, first, second))


def find_conflict(gender: str, first: str, second: str) -> Conflict:
    """Whether two attributes can be asked for together, by the counts of all CelebA images, not blurry."""
    if frozenset((first, second)) in HARD_CONFLICTS:
        return Conflict.HARD
    occurrence = _shipped_lifts(gender).at(COLUMN[first], COLUMN[second])
    surely_rare = occurrence.high < RARE_LIFT  # false where nothing is expected
    return Conflict.SOFT if occurrence.observed < RARE_IMAGES or surely_rare else Conflict.FINE


@cache
def _shipped_lifts(gender: str) -> Lifts:
    return pair_lifts(AggregateCounts.load(), gender)


def relations(counts: AggregateCounts, gender: str) -> list[Relation]:
    """All 703 pairs of the 38 labels that vary within a gender and without blurry images."""
    lifts = pair_lifts(counts, gender)
    return [relation(lifts, gender, *pair) for pair in combinations(VARYING, 2)]


def warnings(selection: Selection, lifts: Mapping[str, Lifts]) -> list[Relation]:
    """The pairs of wanted attributes that are rare together, rarest first; `lifts` by gender."""
    gender = selection.gender
    found = [relation(lifts[gender], gender, *pair) for pair in combinations(selection.wanted, 2)]
    rare = [each for each in found if each.conflict is not Conflict.FINE]
    return sorted(rare, key=lambda each: each.occurrence.observed)


def describe_relation(relation: Relation) -> str:
    """One sentence about a pair, such as a warning beside its count."""
    titles = [attribute(label).title for label in relation.labels]
    occurrence = relation.occurrence
    noun = "image" if occurrence.observed == 1 else "images"
    return (
        f"{titles[0]} and {titles[1][0].lower()}{titles[1][1:]}: {occurrence.observed:,} {noun}, "
        f"where chance would make {_number(occurrence.expected)}."
    )


def _singles(counts: AggregateCounts, gender: str) -> tuple[int, npt.NDArray[np.int64]]:
    by_columns = counts.genders[gender]
    return by_columns[()], np.array([by_columns[(column,)] for column in range(len(LABELS))], dtype=np.int64)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"
