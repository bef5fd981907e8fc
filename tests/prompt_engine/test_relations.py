"""Observed, expected, lift and bounds; what may be asked for together."""

from itertools import combinations

import numpy as np
import pytest

from prompt_engine.buckets import GENDERS, offered
from prompt_engine.catalogue import catalogue
from prompt_engine.conflicts import HARD_CONFLICTS
from prompt_engine.counts import AggregateCounts
from prompt_engine.facets import COLUMN
from prompt_engine.index import AttributeIndex
from prompt_engine.query import Query
from prompt_engine.relations import (
    VARYING,
    Conflict,
    all_triples,
    describe_relation,
    find_conflict,
    pair_lifts,
    poisson_bounds,
    relation,
    relations,
    warnings,
)
from prompt_engine.selection import Selection


@pytest.fixture(scope="module")
def shipped() -> AggregateCounts:
    return AggregateCounts.load()


def test_every_pair_is_as_the_index_counts_it(index: AttributeIndex) -> None:
    counts = AggregateCounts.build(index)
    for gender in GENDERS:
        total = index.count(Query(gender))
        found = relations(counts, gender)
        assert [each.labels for each in found] == list(combinations(VARYING, 2))
        for each in found[::17]:
            singles = [index.count(Query(gender, (label,))) for label in each.labels]
            assert each.occurrence.observed == index.count(Query(gender, each.labels))
            assert each.occurrence.expected == pytest.approx(singles[0] * singles[1] / total)


def test_triples_are_measured_too(shipped: AggregateCounts) -> None:
    triples, lifts = all_triples(shipped, "male")
    assert triples.shape == (9880, 3)
    place = triples.tolist().index(sorted(COLUMN[label] for label in ("Bald", "Goatee", "Smiling")))
    total = shipped.genders["male"][()]
    shares = [shipped.genders["male"][(COLUMN[label],)] / total for label in ("Bald", "Goatee", "Smiling")]
    assert lifts.expected[place] == pytest.approx(total * np.prod(shares))
    assert lifts.lift[place] == pytest.approx(lifts.observed[place] / lifts.expected[place])


@pytest.mark.parametrize(
    ("count", "low", "high"),
    # Exact Poisson limits (Garwood, 1936).
    [(0, 0.0, 3.689), (1, 0.025, 5.572), (10, 4.795, 18.390), (100, 81.364, 121.627)],
)
def test_bounds_are_near_the_exact_ones(count: int, low: float, high: float) -> None:
    bounds = poisson_bounds(np.array([count]))
    assert [float(bound[0]) for bound in bounds] == pytest.approx([low, high], rel=0.02, abs=0.03)


def test_hard_conflicts_are_surely_rare_in_celeba(shipped: AggregateCounts) -> None:
    for gender in GENDERS:
        lifts = pair_lifts(shipped, gender)
        for first, second in map(tuple, HARD_CONFLICTS):
            found = relation(lifts, gender, first, second)
            assert found.conflict is Conflict.HARD
            if {first, second} <= set(offered(gender)):
                assert found.occurrence.high < 0.2, found


@pytest.mark.parametrize(
    ("gender", "pair", "conflict"),
    [
        ("male", ("5_o_Clock_Shadow", "Bald"), Conflict.SOFT),  # 548 images; at most 0.499 of chance
        ("male", ("Bags_Under_Eyes", "Eyeglasses"), Conflict.FINE),  # 1,697 images; perhaps 0.505 of chance
        ("female", ("Wearing_Hat", "Eyeglasses"), Conflict.SOFT),  # 196 images, three times those of chance
        ("female", ("Gray_Hair", "Oval_Face"), Conflict.FINE),  # 208 images
        ("male", ("Goatee", "No_Beard"), Conflict.HARD),  # 203 images that are mislabelled
    ],
)
def test_rare_is_below_200_images_or_surely_below_half_of_chance(
    gender: str, pair: tuple[str, str], conflict: Conflict
) -> None:
    assert find_conflict(gender, *pair) is find_conflict(gender, *reversed(pair)) is conflict


def test_no_prompt_of_the_catalogue_is_a_hard_conflict() -> None:
    for gender in GENDERS:
        pairs = {pair for triple in catalogue(gender) for pair in combinations(triple, 2)}
        assert len(pairs) > 300
        assert [pair for pair in pairs if find_conflict(gender, *pair) is Conflict.HARD] == []


def test_what_is_rare_together_is_warned_of(shipped: AggregateCounts) -> None:
    lifts = {gender: pair_lifts(shipped, gender) for gender in GENDERS}
    rare = warnings(Selection("male", ("Blond_Hair", "Wearing_Hat", "Smiling")), lifts)
    assert [each.labels for each in rare] == [("Blond_Hair", "Wearing_Hat")]
    assert rare[0].conflict is Conflict.SOFT
    assert describe_relation(rare[0]) == "Blond hair and hat: 7 images, where chance would make 129."
    assert warnings(Selection("female", ("Heavy_Makeup", "Wearing_Lipstick")), lifts) == []
