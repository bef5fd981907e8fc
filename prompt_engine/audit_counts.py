"""How many images each finding of the audit is about: from an index, or, where they tell, from the counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from prompt_engine.audit import FINDINGS, Finding
from prompt_engine.buckets import GENDERS
from prompt_engine.counts import AggregateCounts
from prompt_engine.index import AttributeIndex
from prompt_engine.query import Query


@dataclass(frozen=True)
class FindingCount:
    """A finding and its images; None where only an attribute list could tell."""

    finding: Finding
    with_blurry: int | None
    male: int | None  # this and what follows: not blurry
    female: int | None

    @property
    def sharp(self) -> int | None:
        """Of both genders."""
        return None if self.male is None or self.female is None else self.male + self.female


def count_findings(index: AttributeIndex, within: Query) -> list[FindingCount]:
    """Every finding, counted within the split of a query: strictness would leave nothing to find."""
    scope = Query(split=within.split)
    return [
        FindingCount(
            finding,
            index.count_finding(finding, replace(scope, blurry="in")),
            *(index.count_finding(finding, replace(scope, gender=gender)) for gender in GENDERS),
        )
        for finding in FINDINGS
    ]


def derive_findings(counts: AggregateCounts) -> list[FindingCount]:
    """Every finding, as far as counts of up to three labels together can tell it."""
    return [
        FindingCount(finding, None, *(_count_any(counts, finding.cases, gender) for gender in GENDERS))
        for finding in FINDINGS
    ]


def _count_any(counts: AggregateCounts, cases: Sequence[Query], gender: str) -> int | None:
    """How many images any of the cases is about, by inclusion and exclusion; None if that stays unknown."""
    cases = [case for case in cases if case.gender in (None, gender)]
    images = 0
    for size in range(1, len(cases) + 1):
        for some in combinations(cases, size):
            wanted = {label for case in some for label in case.wanted}
            unwanted = {label for case in some for label in case.unwanted}
            if wanted & unwanted:
                continue
            found = counts.match_count(Query(gender, tuple(wanted), tuple(unwanted)))
            if not found.exact:
                return None
            images += found.images if size % 2 else -found.images
    return images
