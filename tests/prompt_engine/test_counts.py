"""Aggregate counts against the index they come from, and the shipped file."""

import json
import random
from pathlib import Path

import pytest

from prompt_engine.attributes import LABELS
from prompt_engine.counts import CELEBA_MD5, AggregateCounts
from prompt_engine.errors import FaceSourceError, InvalidSelection
from prompt_engine.facets import MatchCount
from prompt_engine.index import AttributeIndex
from prompt_engine.query import Query
from prompt_engine.sampler import sample_selection
from prompt_engine.selection import Selection


@pytest.fixture(scope="module")
def counts(index: AttributeIndex) -> AggregateCounts:
    """The counts of the invented table."""
    return AggregateCounts.build(index)


def _split(rng: random.Random, size: int) -> Query:
    drawn = sample_selection(rng, size=size)
    split = rng.randrange(size + 1)
    return Query.of(Selection(drawn.gender, drawn.wanted[:split], drawn.wanted[split:]))


@pytest.mark.parametrize("size", [0, 1, 2, 3])
def test_up_to_three_attributes_are_exact(size: int, counts: AggregateCounts, index: AttributeIndex) -> None:
    rng = random.Random(size)
    for _ in range(80):
        selection = _split(rng, size)
        assert counts.match_count(selection) == MatchCount(index.count(selection), exact=True)


@pytest.mark.parametrize("size", [4, 5, 6])
def test_more_attributes_have_an_upper_bound(
    size: int, counts: AggregateCounts, index: AttributeIndex
) -> None:
    rng = random.Random(size)
    for _ in range(80):
        selection = _split(rng, size)
        bound = counts.match_count(selection)
        assert bound.images >= index.count(selection)
        assert bound.exact == (bound.images == 0)


def test_further_labels_are_counted_as_the_index_counts_them(
    counts: AggregateCounts, index: AttributeIndex
) -> None:
    rng = random.Random(9)
    for size in range(6):
        query = _split(rng, size)
        bound, true = counts.facets(query), index.facets(query)
        for label in LABELS:
            for side in ("with_label", "without_label"):
                told, counted = getattr(bound, side)(label), getattr(true, side)(label)
                assert told == counted if told.exact else told.images >= counted.images
        assert all(bound.exact) == (size < 3) or not bound.images.images


def test_both_genders_are_counted_together(counts: AggregateCounts, index: AttributeIndex) -> None:
    query = Query(wanted=("Smiling",), unwanted=("Young",))
    assert counts.match_count(query).images == index.count(query)


@pytest.mark.parametrize(
    "query", [Query(split="train"), Query(strict=True), Query(blurry="in"), Query(unwanted=("Blurry",))]
)
def test_what_the_counts_cannot_tell_apart_is_refused(query: Query, counts: AggregateCounts) -> None:
    with pytest.raises(InvalidSelection, match="point to a CelebA folder"):
        counts.match_count(query)


def test_a_part_that_no_image_has_makes_the_whole_exact() -> None:
    bald_and_more = Query("male", ("Goatee", "Bald", "Blond_Hair", "Smiling"))
    assert AggregateCounts.load().match_count(bald_and_more) == MatchCount(0, exact=True)


def test_the_shipped_file_holds_21402_integers_and_no_more() -> None:
    shipped = AggregateCounts.load()
    assert {gender: len(values) for gender, values in shipped.genders.items()} == {
        "male": 10_701,
        "female": 10_701,
    }
    assert shipped.match_count(Query("male")) == MatchCount(79_601, exact=True)
    assert shipped.match_count(Query("female")) == MatchCount(112_686, exact=True)


def test_the_shipped_file_is_what_celeba_gives(celeba_index: AttributeIndex) -> None:
    assert AggregateCounts.build(celeba_index) == AggregateCounts.load()
    assert celeba_index.md5 == CELEBA_MD5


def test_what_is_written_reads_back(counts: AggregateCounts, tmp_path: Path) -> None:
    counts.write(tmp_path / "counts.json")
    assert AggregateCounts.load(tmp_path / "counts.json") == counts
    assert list(tmp_path.iterdir()) == [tmp_path / "counts.json"]


def test_a_missing_file_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(FaceSourceError, match="There are no counts in .*demo-assets"):
        AggregateCounts.load(tmp_path / "counts.json")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"schema": 2}, "schema 2, where 1 is known"),
        ({"labels": ["Smiling"]}, "other attribute labels"),
        ({"male": None}, "cannot be used"),
        ({"male": {"all": [1], "singles": [2], "pairs": [], "triples": []}}, "cannot be used"),
        ({"male": {"all": [1]}}, "cannot be used"),
    ],
)
def test_a_damaged_file_is_refused(
    change: dict[str, object], says: str, counts: AggregateCounts, tmp_path: Path
) -> None:
    path = tmp_path / "counts.json"
    counts.write(path)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(FaceSourceError, match=says):
        AggregateCounts.load(path)


def test_half_a_file_is_refused(counts: AggregateCounts, tmp_path: Path) -> None:
    path = tmp_path / "counts.json"
    counts.write(path)
    path.write_text(path.read_text()[:5000])
    with pytest.raises(FaceSourceError, match="cannot be used"):
        AggregateCounts.load(path)
