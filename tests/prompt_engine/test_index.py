"""Bitmaps against the plain table: counts, rows, labels, and the copy on disk."""

import itertools
import logging
import random
from pathlib import Path

import numpy as np
import pytest

from prompt_engine.attribute_file import AttributeTable
from prompt_engine.attributes import LABELS
from prompt_engine.audit import CONTRADICTIONS, FINDINGS
from prompt_engine.errors import AttributeFileError, InvalidSelection
from prompt_engine.index import PARTS, AttributeIndex, open_index
from prompt_engine.index_cache import keep_index_parts, load_index_parts
from prompt_engine.query import BLURRY, SPLITS, Query
from prompt_engine.selection import Selection


def _random_query(rng: random.Random) -> Query:
    labels = rng.sample(LABELS, rng.randrange(5))
    cut = rng.randrange(len(labels) + 1)
    return Query(
        rng.choice([None, "male", "female"]),
        tuple(labels[:cut]),
        tuple(labels[cut:]),
        split=rng.choice([None, *SPLITS]),
        blurry=rng.choice(BLURRY),
        strict=rng.random() < 0.3,
    )


def _labels(table: AttributeTable, row: int) -> frozenset[str]:
    return frozenset(label for label, value in zip(LABELS, table.values[row], strict=True) if value)


def _answers(labels: frozenset[str], split: int, query: Query) -> bool:
    """What a query means, said once more without bitmaps."""
    named = {*query.wanted, *query.unwanted}
    sharp = "Blurry" not in labels
    let_in = {"out": sharp or "Blurry" in named, "in": True, "only": not sharp}
    return (
        query.gender in (None, "male" if "Male" in labels else "female")
        and labels >= set(query.wanted)
        and labels.isdisjoint(query.unwanted)
        and query.split in (None, SPLITS[split])
        and let_in[query.blurry]
        and not (query.strict and _contradicts(labels))
    )


def _contradicts(labels: frozenset[str]) -> bool:
    cases = [case for finding in CONTRADICTIONS for case in finding.cases]
    return any(
        case.gender in (None, "male" if "Male" in labels else "female")
        and labels >= set(case.wanted)
        and labels.isdisjoint(case.unwanted)
        for case in cases
    )


def test_matches_are_those_of_the_plain_table(split_table: AttributeTable) -> None:
    index, rng = AttributeIndex.build(split_table), random.Random(8)
    everyone = [_labels(split_table, row) for row in range(len(split_table.ids))]
    assert split_table.splits is not None
    for _ in range(300):
        query = _random_query(rng)
        expected = [
            row
            for row, (labels, split) in enumerate(zip(everyone, split_table.splits.tolist(), strict=True))
            if _answers(labels, split, query)
        ]
        assert index.match_rows(query).tolist() == expected, query
        assert index.count(query) == len(expected)
        facets = index.facets(query)
        assert facets.images.images == len(expected) and facets.images.exact
        for label in LABELS:
            carried = sum(label in everyone[row] for row in expected)
            assert facets.with_label(label).images == carried
            assert facets.without_label(label).images == len(expected) - carried


def test_an_unknown_split_is_said(index: AttributeIndex) -> None:
    assert not index.has_splits
    with pytest.raises(InvalidSelection, match="list_eval_partition.txt"):
        index.count(Query(split="train"))


@pytest.mark.parametrize("finding", FINDINGS, ids=lambda finding: finding.name)
def test_a_finding_leads_to_its_images(finding, index: AttributeIndex, table: AttributeTable) -> None:  # noqa: ANN001
    def carries(labels: frozenset[str]) -> bool:
        return any(_answers(labels, 0, case) for case in finding.cases)

    everyone = Query(blurry="in")
    expected = [row for row in range(len(table.ids)) if carries(_labels(table, row))]
    assert index.find(finding, everyone).tolist() == expected
    assert index.count_finding(finding, everyone) == len(expected)


def test_an_empty_choice_matches_everyone_of_the_gender(index: AttributeIndex) -> None:
    assert index.count(Query("male")) + index.count(Query("female")) == index.size == len(index.rows)


def test_names_and_labels_of_a_row(index: AttributeIndex, table: AttributeTable) -> None:
    for row in range(len(table.ids)):
        assert index.file_name(row) == table.ids[row]
        assert index.labels(row) == _labels(table, row)


def test_unknown_rows_have_no_labels(index: AttributeIndex) -> None:
    for row in (-1, 300):
        with pytest.raises(KeyError):
            index.labels(row)


def test_samples_match_differ_and_can_be_repeated(index: AttributeIndex) -> None:
    selection = Query.of(Selection("female", ("Smiling",)))
    matches = set(index.match_rows(selection).tolist())
    first = index.sample(selection, 10, seed=1).tolist()
    assert len(set(first)) == 10
    assert set(first) <= matches
    assert first == index.sample(selection, 10, seed=1).tolist()
    assert first != index.sample(selection, 10, seed=2).tolist()
    assert set(index.sample(selection, 10_000, seed=3).tolist()) == matches


def test_triples_counted_at_once_are_those_counted_singly(index: AttributeIndex) -> None:
    triples = np.random.default_rng(2).integers(0, 40, (200, 3))
    bitmaps = index.parts[0]
    within = bitmaps.match((), ("Young",))
    expected = [bitmaps.match([LABELS[column] for column in triple], ("Young",)) for triple in triples]
    assert bitmaps.count_triples(triples, within).tolist() == [
        int(np.bitwise_count(found).sum()) for found in expected
    ]


def _same(one: AttributeIndex, other: AttributeIndex) -> bool:
    return np.array_equal(one.names, other.names) and all(
        np.array_equal(first.words, second.words)
        and np.array_equal(first.rows, second.rows)
        and (first.splits is second.splits is None or np.array_equal(first.splits, second.splits))
        for first, second in zip(one.parts, other.parts, strict=True)
    )


def test_the_kept_index_equals_the_built_one(invented_celeba: Path, tmp_path: Path) -> None:
    path = invented_celeba / "Anno" / "list_attr_celeba.txt"
    built = open_index(path, cache_dir=tmp_path / "cache")
    (kept,) = (tmp_path / "cache").iterdir()
    written = kept.stat().st_mtime_ns
    assert _same(open_index(path, cache_dir=tmp_path / "cache"), built)
    assert kept.stat().st_mtime_ns == written


def test_other_content_under_the_same_name_is_indexed_anew(invented_celeba: Path, tmp_path: Path) -> None:
    path = invented_celeba / "Anno" / "list_attr_celeba.txt"
    before = open_index(path, cache_dir=tmp_path / "cache")
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(["299\n", *lines[1:-1]]))
    assert len(open_index(path, cache_dir=tmp_path / "cache").names) == len(before.names) - 1


@pytest.mark.parametrize(
    "damage", [lambda data: data[: len(data) // 2], lambda data: b"", lambda data: b"junk" * 99]
)
def test_a_damaged_copy_is_built_again(
    damage,  # noqa: ANN001
    invented_celeba: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = invented_celeba / "Anno" / "list_attr_celeba.txt"
    built = open_index(path, cache_dir=tmp_path / "cache")
    (kept,) = (tmp_path / "cache").iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(damage(whole))
    with caplog.at_level(logging.WARNING):
        assert _same(open_index(path, cache_dir=tmp_path / "cache"), built)
    assert "damaged" in caplog.text
    assert len(kept.read_bytes()) == len(whole)


def test_whatever_byte_is_damaged_the_copy_is_whole_or_built_again(
    index: AttributeIndex, tmp_path: Path
) -> None:
    kept = tmp_path / "kept.npz"
    keep_index_parts(kept, index.parts, index.names, index.md5, index.named)
    whole = kept.read_bytes()
    directory = whole.index(b"PK\1\2")
    for place, flip in itertools.product(range(directory, len(whole)), (0x01, 0x80)):
        kept.write_bytes(whole[:place] + bytes([whole[place] ^ flip]) + whole[place + 1 :])
        parts = load_index_parts(kept, [gender for gender, _ in PARTS])
        assert parts is None or _same(AttributeIndex(*parts), index)


def test_a_cache_that_cannot_be_written_costs_only_time(invented_celeba: Path, tmp_path: Path) -> None:
    (tmp_path / "a_file").write_text("")
    index = open_index(
        invented_celeba / "Anno" / "list_attr_celeba.txt", cache_dir=tmp_path / "a_file" / "cache"
    )
    assert index.size > 0


def test_a_bad_file_leaves_nothing_in_the_cache(invented_celeba: Path, tmp_path: Path) -> None:
    path = invented_celeba / "Anno" / "list_attr_celeba.txt"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(AttributeFileError, match="cut off"):
        open_index(path, cache_dir=tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_the_cache_folder_follows_the_environment(
    invented_celeba: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    open_index(invented_celeba / "Anno" / "list_attr_celeba.txt")
    assert len(list((tmp_path / "xdg" / "sd35-celeba").iterdir())) == 1


def test_celeba_without_blurry_images(celeba_index: AttributeIndex) -> None:
    assert celeba_index.size == 192_287
    assert celeba_index.count(Query("male")) == 79_601
    assert celeba_index.count(Query("female")) == 112_686
    assert celeba_index.count(Query(blurry="in")) == 202_599
    assert celeba_index.count(Query(wanted=("Blurry",))) == celeba_index.count(Query(blurry="only"))
    assert [celeba_index.count(Query(split=split, blurry="in")) for split in SPLITS] == [
        162_770,
        19_867,
        19_962,
    ]
    assert celeba_index.md5 == "75e246fa4810816ffd6ee81facbd244c"


def test_celebas_labels_contradict_each_other_as_often_as_documented(celeba_index: AttributeIndex) -> None:
    counted = {
        finding.name: [
            celeba_index.count_finding(finding, within)
            for within in (Query(blurry="in"), Query(), Query("male"), Query("female"))
        ]
        for finding in FINDINGS
    }
    assert counted["hair_colours"] == [2_926, 2_786, 815, 1_971]
    assert counted["noses"] == [7_086, 6_928, 4_313, 2_615]
    assert counted["eyebrows"] == [7_125, 7_075, 2_716, 4_359]
    assert counted["hair_structures"] == [1_158, 1_119, 264, 855]
    assert counted["hairlines"] == [4, 4, 0, 4]
    assert counted["beard_and_none"] == [559, 515, 509, 6]
    assert counted["skin"] == [123, 123, 7, 116]
    assert counted["women_with_beards"] == [37, 35, 0, 35]
    assert counted["shadow_without_beard"] == [6_343, 6_156, 6_148, 8]
    assert counted["beard_of_no_kind"] == [4_368, 3_636, 3_555, 81]
    assert counted["no_hair_colour"] == [64_794, 60_090, 26_176, 33_914]
    assert counted["several_makeup"][:2] == [85_544, 84_076]
    assert celeba_index.count(Query(strict=True)) == 174_435
