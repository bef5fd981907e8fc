"""Attribute lists as Parquet: truth values and numbers, with and without file names, and what is refused."""

from __future__ import annotations

import io
import itertools
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prompt_engine.attribute_file import AttributeTable, parse_attribute_list
from prompt_engine.attributes import LABELS
from prompt_engine.errors import AttributeFileError, FaceSourceError
from prompt_engine.faces.folder import FolderFaces
from prompt_engine.index import open_index
from prompt_engine.query import Query

Columns = dict[str, pa.Array]


def _columns(table: AttributeTable, kind: pa.DataType, no: int = 0) -> Columns:
    return {
        label: pa.array(column if kind == pa.bool_() else np.where(column, 1, no), kind)
        for label, column in zip(LABELS, table.values.T, strict=True)
    }


def _bytes(columns: Columns, **options: object) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    ("kind", "no"),
    [
        (pa.bool_(), 0),
        *itertools.product([pa.int8(), pa.int32(), pa.int64(), pa.float64()], [0, -1]),
        (pa.uint8(), 0),
    ],
    ids=str,
)
@pytest.mark.parametrize("names", ["image_id", "file_name", "filename", "image"])
def test_every_type_says_the_same(names: str, kind: pa.DataType, no: int, table: AttributeTable) -> None:
    named = {names: pa.array(table.ids)}
    read = parse_attribute_list(_bytes({**named, **_columns(table, kind, no)}), "list.parquet")
    assert read.ids == table.ids
    assert np.array_equal(read.values, table.values)


def test_columns_may_stand_anywhere_among_others(table: AttributeTable) -> None:
    columns = _columns(table, pa.bool_())
    pixels = pa.array(
        [{"bytes": b"x", "path": None}] * 300, pa.struct({"bytes": pa.binary(), "path": pa.string()})
    )
    ordered = {label: columns[label] for label in np.random.default_rng(1).permutation(LABELS).tolist()}
    names = pa.array(table.ids).dictionary_encode()
    data = _bytes(
        {"image": pixels, **ordered, "celeb_id": pa.array(range(300)), "image_id": names}, row_group_size=70
    )
    read = parse_attribute_list(data, "list.parquet")
    assert read.ids == table.ids
    assert np.array_equal(read.values, table.values)


def _pixels(paths: list[str] | None) -> pa.Array:
    rows = [{"bytes": b"x", "path": path} for path in paths or [None] * 300]
    return pa.array(rows, pa.struct({"bytes": pa.binary(), "path": pa.string()}))


SHUFFLED = [f"{number:06d}.jpg" for number in np.random.default_rng(2).permutation(202_599)[:300].tolist()]


@pytest.mark.parametrize(
    "named",
    [
        {"image": pa.array(SHUFFLED)},
        {"image": pa.array(SHUFFLED, pa.large_string())},
        {"caption": pa.array(["a man.jpg, blurred"] * 300), "photo": pa.array(SHUFFLED).dictionary_encode()},
        {"image": _pixels(SHUFFLED)},
        {"image_id": pa.array(range(300)), "image": pa.array(SHUFFLED)},
    ],
)
def test_names_are_read_from_whichever_column_holds_them(named: Columns, table: AttributeTable) -> None:
    read = parse_attribute_list(_bytes({**named, **_columns(table, pa.bool_())}), "list.parquet")
    assert list(read.ids) == SHUFFLED
    assert np.array_equal(read.values, table.values)


@pytest.mark.parametrize(
    "other",
    [{}, {"image": _pixels(None)}, {"caption": pa.array(["a.jpg"] * 300)}, {"a": pa.array([""] * 300)}],
)
def test_no_name_is_guessed(other: Columns, table: AttributeTable) -> None:
    read = parse_attribute_list(_bytes({**other, **_columns(table, pa.bool_())}), "list.parquet")
    assert read.ids == tuple(f"row-{number:06d}" for number in range(1, 301))


def test_all_of_celeba_in_its_order_has_its_names(celeba_dir: Path) -> None:
    path = celeba_dir / "Anno" / "list_attr_celeba.txt"
    official = parse_attribute_list(path.read_bytes(), str(path))
    read = AttributeTable.without_names(official.values)
    assert read.named and read.ids == official.ids
    shuffled = AttributeTable.without_names(official.values[::-1])
    assert not shuffled.named and shuffled.ids[0] == "row-000001"


def test_as_many_rows_as_celeba_has_are_not_yet_celeba() -> None:
    values = np.zeros((202_599, len(LABELS)), dtype=bool)
    splits = np.repeat(np.arange(3, dtype=np.uint8), [162_770, 19_867, 19_962])
    assert AttributeTable.without_names(values, splits).ids[-1] == "row-202599"


def test_splits_of_rows_without_a_name_are_refused(table: AttributeTable, tmp_path: Path) -> None:
    path, partition = tmp_path / "list_attr_celeba.parquet", tmp_path / "list_eval_partition.txt"
    path.write_bytes(_bytes(_columns(table, pa.bool_())))
    partition.write_text("000001.jpg 0\n")
    with pytest.raises(AttributeFileError, match="names no images, so .* cannot tell their splits"):
        open_index(path, partition, tmp_path)
    for _ in range(2):  # built, then from this disk
        assert not open_index(path, cache_dir=tmp_path).named


def _replaced(label: str, values: list, kind: pa.DataType | None = None) -> dict[str, pa.Array]:
    return {label: pa.array(values, kind)}


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        (_replaced("Bald", [None] + [True] * 299), "has no value for Bald in 1 rows"),
        (_replaced("Bald", [0.5] + [1.0] * 299), "has the value 0.5 for Bald in row 1"),
        (_replaced("Bald", [float("nan")] + [1.0] * 299), "has the value nan for Bald in row 1"),
        (_replaced("Bald", ["True"] * 300), "has the column Bald of type string"),
        (_replaced("Bald", [0] * 299 + [2]), "has the value 2 for Bald in row 300"),
        (_replaced("Bald", [-2] + [1] * 299), "has the value -2 for Bald in row 1"),
        (_replaced("Bald", [0, -1] * 150), "writes no as -1 in the column Bald and as 0 in Bald"),
        (_replaced("Bald", [0] * 300) | _replaced("Young", [-1] * 300), "as -1 in the column Young and as 0"),
        (_replaced("image_id", ["a.jpg"] * 300), "lists some file names twice"),
        (_replaced("image_id", [f"{n}.jpg" for n in range(299)] + [None]), "the file name None in row 300"),
        (_replaced("image_id", [f"{n}\u00e9.jpg" for n in range(300)]), "only plain ASCII"),
        (_replaced("image_id", list(range(300))), "has file names of type int64"),
    ],
)  # fmt: skip
def test_other_values_are_refused(changed: Columns, says: str, table: AttributeTable) -> None:
    with pytest.raises(AttributeFileError, match=says) as caught:
        parse_attribute_list(_bytes({**_columns(table, pa.bool_()), **changed}), "list.parquet")
    assert "\n" not in str(caught.value)


def test_missing_columns_are_named(table: AttributeTable) -> None:
    columns = _columns(table, pa.bool_())
    few = {label: column for label, column in columns.items() if label not in ("Bald", "Young")}
    with pytest.raises(AttributeFileError, match="lacks 2 of the 40 attribute columns: Bald, Young"):
        parse_attribute_list(_bytes(few), "list.parquet")
    other = {name: pa.array([1]) for name in "abcdefghij"}
    with pytest.raises(
        AttributeFileError, match="none of CelebA's 40 .* but a, b, c, d, e, f, g, h and 2 more"
    ):
        parse_attribute_list(_bytes(other), "list.parquet")
    with pytest.raises(AttributeFileError, match="holds no images"):
        parse_attribute_list(_bytes({label: column[:0] for label, column in columns.items()}), "list.parquet")


SMALL = _bytes(
    {label: pa.array([place % 2 == 0, place % 3 == 0]) for place, label in enumerate(LABELS)},
    compression="none",
)


@settings(max_examples=300)
@given(
    st.integers(0, len(SMALL) - 1),
    st.lists(st.tuples(st.integers(4, len(SMALL) - 1), st.integers(0, 255)), max_size=3),
)
def test_a_mutilated_file_is_refused_or_whole(cut: int, flips: list[tuple[int, int]]) -> None:
    with pytest.raises(AttributeFileError):
        parse_attribute_list(SMALL[:cut], "list.parquet")
    data = bytearray(SMALL)
    for place, value in flips:
        data[place] = value
    try:
        assert parse_attribute_list(bytes(data), "list.parquet").values.shape == (2, 40)
    except AttributeFileError as error:
        assert "\n" not in str(error)


def test_a_folder_may_hold_its_list_as_parquet(
    invented_celeba: Path, tmp_path: Path, table: AttributeTable
) -> None:
    before = FolderFaces(invented_celeba, tmp_path / "cache").match_count(Query())
    (invented_celeba / "Anno" / "list_attr_celeba.txt").unlink()
    path = invented_celeba / "Anno" / "list_attr_celeba.parquet"
    path.write_bytes(_bytes({"image": pa.array(table.ids), **_columns(table, pa.bool_())}))
    faces = FolderFaces(invented_celeba, tmp_path / "cache")
    assert faces.match_count(Query()) == before
    assert faces.face(0).id == "000001.jpg"


def test_images_are_not_given_the_labels_of_rows_without_a_name(
    invented_celeba: Path, tmp_path: Path, table: AttributeTable
) -> None:
    (invented_celeba / "Anno" / "list_attr_celeba.txt").unlink()
    path = invented_celeba / "Anno" / "list_attr_celeba.parquet"
    path.write_bytes(_bytes(_columns(table, pa.bool_())))
    with pytest.raises(FaceSourceError, match="celeba.parquet names no images"):
        FolderFaces(invented_celeba, tmp_path / "cache")
