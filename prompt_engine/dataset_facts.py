"""What is known of some of the images: the counted catalogue, what a filter keeps of it, the relations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import fsum
from threading import RLock

from prompt_engine.buckets import GENDERS, buckets
from prompt_engine.catalogue import CatalogueRow, catalogue
from prompt_engine.counts import CELEBA_MD5, AggregateCounts
from prompt_engine.distribution import distribution, rounded_percentages
from prompt_engine.errors import InvalidSelection
from prompt_engine.faces import FaceSource
from prompt_engine.faces.indexed import IndexedFaces
from prompt_engine.facets import COLUMN
from prompt_engine.index import AttributeIndex
from prompt_engine.prompt_filter import Assessed, PromptFilter, assess
from prompt_engine.query import Query
from prompt_engine.relations import Lifts, pair_lifts

_KEPT_FACTS = 4  # about 10 MB each


@dataclass(frozen=True)
class Share:
    """How much of what is named, and of what the images carry, one attribute or bucket makes, in percent.

    The ratio is that of the shares before rounding; None where no image carries it.
    """

    name: str
    named: float
    carried: float
    ratio: float | None


@dataclass(frozen=True)
class Shares:
    """By bucket and by label, of one gender; in each list both columns sum to 100.0."""

    by_bucket: tuple[Share, ...]
    by_label: tuple[Share, ...]


@dataclass(frozen=True)
class DatasetFacts:
    """All that the counts of some images tell; each part is worked out when it is first asked for."""

    within: Query
    counts: AggregateCounts

    @property
    def images(self) -> int:
        """How many images these are."""
        return sum(by_columns[()] for by_columns in self.counts.genders.values())

    @cached_property
    def rows(self) -> list[CatalogueRow]:
        """The catalogue, rarest first; equal counts keep its order, men first."""
        return sorted(
            (
                CatalogueRow(gender, self._count(gender, triple), triple)
                for gender in GENDERS
                for triple in catalogue(gender)
            ),
            key=lambda row: row.count,
        )

    def judge(self, prompt_filter: PromptFilter) -> list[Assessed]:
        """Every row of the catalogue, with the reasons why a filter drops it."""
        return [
            Assessed(row, occurrence, prompt_filter.reasons(row, occurrence))
            for row, occurrence, _ in self._occurring
        ]

    def lifts(self, gender: str) -> Lifts:
        """How often each two labels go together."""
        return self._lifts[gender]

    def shares(self, gender: str, mode: str, least_images: int = 0) -> Shares:
        """What the prompts of a sampling mode name, beside what the images carry.

        Raises:
            InvalidSelection: no image of the gender, or none that carries anything, or no prompt has as many.
        """
        if not self.counts.genders[gender][()]:
            raise InvalidSelection(f"None of these images shows a {gender}: choose other images.")
        by_bucket = {each.name: list(each.attributes) for each in buckets(gender)}
        labels = [label for offered in by_bucket.values() for label in offered]
        carried = {label: float(self._count(gender, (label,))) for label in labels}
        if not any(carried.values()):
            raise InvalidSelection(
                f"None of these images of a {gender} carries a label that prompts name: choose other images."
            )
        drawn = distribution(mode, self.counts.match_count, gender, least_images=least_images)
        mentions = drawn.mentions()
        named = {label: mentions.get((gender, label), 0.0) for label in labels}
        return Shares(
            _beside(*(_summed(each, by_bucket) for each in (named, carried))), _beside(named, carried)
        )

    @cached_property
    def _occurring(self) -> list[Assessed]:
        return assess(self.rows, self.counts, PromptFilter(least_images=0))

    @cached_property
    def _lifts(self) -> Mapping[str, Lifts]:
        return {gender: pair_lifts(self.counts, gender) for gender in GENDERS}

    def _count(self, gender: str, labels: tuple[str, ...]) -> int:
        return self.counts.genders[gender][tuple(sorted(COLUMN[label] for label in labels))]


class Dataset:
    """The facts about any of the images of a source, the latest of them kept in memory."""

    def __init__(self, index: AttributeIndex | None = None) -> None:
        """Without an index only the shipped counts are known: those of all images that are not blurry."""
        self.index = index
        self._working = RLock()  # two visitors at once ask for the same: one of them works it out
        self._kept = lru_cache(maxsize=_KEPT_FACTS)(self._work_out)
        self._judged = lru_cache(maxsize=_KEPT_FACTS)(self._judge)

    @property
    def md5(self) -> str:
        """Of the attribute list that everything here was counted in."""
        return CELEBA_MD5 if self.index is None else self.index.md5

    @classmethod
    def of(cls, source: FaceSource) -> Dataset:
        """What a source of faces knows."""
        return cls(source.index if isinstance(source, IndexedFaces) else None)

    def facts(self, within: Query | None = None) -> DatasetFacts:
        """What is known of the images that a query is about, its labels and gender aside.

        Raises:
            InvalidSelection: these images cannot be told from the others.
        """
        with self._working:
            return self._kept(within or Query())

    def judged(self, within: Query, prompt_filter: PromptFilter) -> list[Assessed]:
        """The catalogue within these images, judged by a filter.

        Raises:
            InvalidSelection: these images cannot be told from the others.
        """
        with self._working:
            return self._judged(within, prompt_filter)

    def _judge(self, within: Query, prompt_filter: PromptFilter) -> list[Assessed]:
        return self.facts(within).judge(prompt_filter)

    def _work_out(self, within: Query) -> DatasetFacts:
        if self.index is not None:
            return DatasetFacts(within, AggregateCounts.build(self.index, within))
        counts = AggregateCounts.load()
        counts.match_count(within)  # refuses what the shipped counts cannot tell apart
        return DatasetFacts(within, counts)


def _summed(by_label: Mapping[str, float], by_bucket: Mapping[str, list[str]]) -> dict[str, float]:
    return {name: fsum(by_label[label] for label in labels) for name, labels in by_bucket.items()}


def _beside(named: Mapping[str, float], carried: Mapping[str, float]) -> tuple[Share, ...]:
    columns = rounded_percentages(named), rounded_percentages(carried)
    total = fsum(carried.values()) / fsum(named.values())
    ratios = {name: total * share / carried[name] if carried[name] else None for name, share in named.items()}
    return tuple(Share(name, columns[0][name], columns[1][name], ratios[name]) for name in named)
