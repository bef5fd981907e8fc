"""Bitmaps against the plain table: counts, rows, labels, and the copy on disk."""

import itertools
import logging
import random
from pathlib import Path

import numpy as np
import pytest

from prompt_engine.attribute_file import AttributeTable
from prompt_engine.attributes import LABELS
from prompt_engine.bitmaps import COLUMN
from prompt_engine.errors import AttributeFileError
from prompt_engine.index import AttributeIndex, open_index
from prompt_engine.index_cache import keep_index_parts, load_index_parts
from prompt_engine.sampler import sample_selection
from prompt_engine.selection import Selection


def _random_selection(rng: random.Random) -> Selection:
    drawn = sample_selection(rng, size=rng.randrange(5))
    split = rng.randrange(len(drawn.wanted) + 1)
    return Selection(drawn.gender, drawn.wanted[:split], drawn.wanted[split:])


def _labels(table: AttributeTable, row: int) -> frozenset[str]:
    return frozenset(label for label, value in zip(LABELS, table.values[row], strict=True) if value)


def _expected_rows(table: AttributeTable, selection: Selection) -> list[int]:
    everyone = [(row, _labels(table, row)) for row in range(len(table.ids))]
    return [row for row, labels in everyone if "Blurry" not in labels and selection.matches(labels)]


def test_matches_are_those_of_the_plain_table(index: AttributeIndex, table: AttributeTable) -> None:
    rng = random.Random(8)
    for _ in range(60):
        selection = _random_selection(rng)
        expected = _expected_rows(table, selection)
        assert index.match_ids(selection).tolist() == expected
        assert index.count(selection) == len(expected)


def test_an_empty_choice_matches_everyone_of_the_gender(index: AttributeIndex) -> None:
    assert index.count(Selection("male")) + index.count(Selection("female")) == index.size == len(index.rows)


def test_names_and_labels_of_a_row(index: AttributeIndex, table: AttributeTable) -> None:
    for row in index.rows.tolist():
        assert index.file_name(row) == table.ids[row]
        assert index.labels(row) == _labels(table, row)


def test_blurry_and_unknown_rows_have_no_labels(index: AttributeIndex, table: AttributeTable) -> None:
    blurry = int(np.flatnonzero(table.values[:, COLUMN["Blurry"]])[0])
    for row in (blurry, -1, 300):
        with pytest.raises(KeyError):
            index.labels(row)


def test_samples_match_differ_and_can_be_repeated(index: AttributeIndex) -> None:
    selection = Selection("female", ("Smiling",))
    matches = set(index.match_ids(selection).tolist())
    first = index.sample(selection, 10, seed=1).tolist()
    assert len(set(first)) == 10
    assert set(first) <= matches
    assert first == index.sample(selection, 10, seed=1).tolist()
    assert first != index.sample(selection, 10, seed=2).tolist()
    assert set(index.sample(selection, 10_000, seed=3).tolist()) == matches


def test_triples_counted_at_once_are_those_counted_singly(index: AttributeIndex) -> None:
    triples = np.random.default_rng(2).integers(0, 40, (200, 3))
    bitmaps = index.genders["male"]
    expected = [int(np.bitwise_count(bitmaps.match(tuple(LABELS[c] for c in t), ())).sum()) for t in triples]
    assert bitmaps.count_triples(triples).tolist() == expected


def _same(one: AttributeIndex, other: AttributeIndex) -> bool:
    return np.array_equal(one.names, other.names) and all(
        np.array_equal(one.genders[gender].words, other.genders[gender].words)
        and np.array_equal(one.genders[gender].rows, other.genders[gender].rows)
        for gender in ("male", "female")
    )


def test_the_kept_index_equals_the_built_one(invented_celeba: Path, tmp_path: Path) -> None:
    path = invented_celeba / "Anno" / "list_attr_celeba.txt"
    built = open_index(path, tmp_path / "cache")
    (kept,) = (tmp_path / "cache").iterdir()
    written = kept.stat().st_mtime_ns
    assert _same(open_index(path, tmp_path / "cache"), built)
    assert kept.stat().st_mtime_ns == written


def test_other_content_under_the_same_name_is_indexed_anew(invented_celeba: Path, tmp_path: Path) -> None:
    path = invented_celeba / "Anno" / "list_attr_celeba.txt"
    before = open_index(path, tmp_path / "cache")
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(["299\n", *lines[1:-1]]))
    assert len(open_index(path, tmp_path / "cache").names) == len(before.names) - 1


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
    built = open_index(path, tmp_path / "cache")
    (kept,) = (tmp_path / "cache").iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(damage(whole))
    with caplog.at_level(logging.WARNING):
        assert _same(open_index(path, tmp_path / "cache"), built)
    assert "damaged" in caplog.text
    assert len(kept.read_bytes()) == len(whole)


def test_whatever_byte_is_damaged_the_copy_is_whole_or_built_again(
    index: AttributeIndex, tmp_path: Path
) -> None:
    kept = tmp_path / "kept.npz"
    keep_index_parts(kept, index.genders, index.names)
    whole = kept.read_bytes()
    directory = whole.index(b"PK\1\2")
    for place, flip in itertools.product(range(directory, len(whole)), (0x01, 0x80)):
        kept.write_bytes(whole[:place] + bytes([whole[place] ^ flip]) + whole[place + 1 :])
        parts = load_index_parts(kept)
        assert parts is None or _same(AttributeIndex(*parts), index)


def test_a_cache_that_cannot_be_written_costs_only_time(invented_celeba: Path, tmp_path: Path) -> None:
    (tmp_path / "a_file").write_text("")
    index = open_index(invented_celeba / "Anno" / "list_attr_celeba.txt", tmp_path / "a_file" / "cache")
    assert index.size > 0


def test_a_bad_file_leaves_nothing_in_the_cache(invented_celeba: Path, tmp_path: Path) -> None:
    path = invented_celeba / "Anno" / "list_attr_celeba.txt"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(AttributeFileError, match="cut off"):
        open_index(path, tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_the_cache_folder_follows_the_environment(
    invented_celeba: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    open_index(invented_celeba / "Anno" / "list_attr_celeba.txt")
    assert len(list((tmp_path / "xdg" / "sd35-celeba").iterdir())) == 1


def test_celeba_without_blurry_images(celeba_index: AttributeIndex) -> None:
    assert celeba_index.size == 192_287
    assert celeba_index.count(Selection("male")) == 79_601
    assert celeba_index.count(Selection("female")) == 112_686
