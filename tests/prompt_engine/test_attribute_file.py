"""Every variant of the attribute list that is read, and every fault that is named."""

import io
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from prompt_engine.attribute_file import AttributeTable, parse_attribute_list, read_attribute_bytes
from prompt_engine.attributes import LABELS
from prompt_engine.errors import AttributeFileError


def _text(
    table: AttributeTable,
    *,
    count: str | None = None,
    first: str | None = "image_id",
    between: str = " ",
    words: tuple[str, str] = ("-1", "1"),
    order: tuple[int, ...] = tuple(range(40)),
) -> str:
    header = between.join([*([] if first is None else [first]), *(LABELS[place] for place in order)])
    rows = [
        between.join([name, *(words[int(row[place])] for place in order)])
        for name, row in zip(table.ids, table.values, strict=True)
    ]
    return "\n".join([*([] if count is None else [count]), header, *rows]) + "\n"


def _variants(table: AttributeTable) -> dict[str, bytes]:
    """The same images as different tools write them: the 14 known ways, numbered, and some more."""
    official = _text(table, count=str(len(table.ids)), first=None)
    padded = f"{len(table.ids)}{',' * 40}"
    shuffled = tuple(np.random.default_rng(1).permutation(40).tolist())
    texts = {
        "01 official": official,
        "02 no count line": _text(table, first=None),
        "03 first column named": _text(table),
        "04 Kaggle's CSV": _text(table, between=","),
        "05 CSV with a count line": _text(table, count=str(len(table.ids)), between=","),
        "06 CSV, count line padded with commas": _text(table, count=padded, between=","),
        "07 0 and 1": _text(table, between=",", words=("0", "1")),
        "08 blank first header": _text(table, between=",", first=""),
        "09 header of 40 names": _text(table, between=",", first=None),
        "10 no header": official.split("\n", 2)[2],
        "11 BOM and CRLF": "\ufeff" + official.replace("\n", "\r\n"),
        "12 True and False": _text(table, between=",", words=("False", "True")),
        "13 blank lines at the end": official + "\n\n",
        "14 shuffled columns": _text(table, between=",", order=shuffled),
        "aligned columns": official.replace(" 1", "  1"),
        "tabs": _text(table, between="\t"),
        "CSV, spaces after commas": _text(table, between=", "),
        "CSV, BOM and CRLF": "\ufeff" + _text(table, between=",").replace("\n", "\r\n"),
        "0 and 1 without commas": _text(table, words=("0", "1")),
        "true and FALSE": _text(table, words=("FALSE", "true")),
        "no newline at the end": official.rstrip("\n"),
        "quoted CSV": '"' + _text(table, between='","').replace("\n", '"\n"').removesuffix('"'),
        "CSV, no header": _text(table, between=",").split("\n", 1)[1],
    }
    return {name: text.encode() for name, text in texts.items()}


_NAMES = tuple(_variants(AttributeTable(("1.jpg",), np.zeros((1, 40), dtype=bool))))
REFUSED = tuple(name for name in _NAMES if name.endswith("no header"))
VARIANTS = tuple(name for name in _NAMES if name not in REFUSED)


@pytest.fixture(scope="module")
def variants(table: AttributeTable) -> dict[str, bytes]:
    return _variants(table)


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_says_the_same(variant: str, variants: dict[str, bytes], table: AttributeTable) -> None:
    read = parse_attribute_list(variants[variant], "list")
    assert read.ids == table.ids
    assert np.array_equal(read.values, table.values)


@pytest.mark.parametrize("variant", REFUSED)
def test_without_a_header_nobody_knows_the_columns(variant: str, variants: dict[str, bytes]) -> None:
    with pytest.raises(AttributeFileError, match="line 1 names none of the 40 attributes"):
        parse_attribute_list(variants[variant], "list")


def test_all_14_known_variants_are_there() -> None:
    assert [int(name[:2]) for name in _NAMES if name[:2].isdigit()] == list(range(1, 15))
    assert len(set(VARIANTS) & set(_NAMES[:14])) == 13


def test_names_of_different_lengths_are_kept_whole(table: AttributeTable) -> None:
    named = AttributeTable(("a.png", "longer_name.jpg", "1.jpg"), table.values[:3])
    assert parse_attribute_list(_text(named).encode(), "list").ids == named.ids


def _lines(data: bytes) -> list[bytes]:
    return data.splitlines(keepends=True)


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (lambda data: b"", "is empty"),
        (lambda data: b"\n \n", "is empty"),
        (lambda data: b"PK\x03\x04" + bytes(range(256)) * 9, "is not a CelebA attribute list"),
        (lambda data: b"".join(_lines(data)[2:]), "names none of the 40 attributes"),
        (lambda data: data.replace(b" Eyeglasses", b" Glasses"), "lacks Eyeglasses"),
        (lambda data: data.replace(b" Eyeglasses", b" eyeglasses"), "line 2 'eyeglasses' that is Eyeglasses"),
        (lambda data: re.sub(b" +", b",", data).replace(b"_", b" "), "'5 o Clock Shadow' that is 5_o"),
        (lambda data: data.lower(), "'5_o_clock_shadow' .* is 5_o_Clock_Shadow"),
        (lambda data: data.decode().encode("utf-16"), "is UTF-16 text: save it as UTF-8"),
        (lambda data: data.decode().encode("utf-16-le"), "is UTF-16 text: save it as UTF-8"),
        (lambda data: data.decode().encode("utf-16-be"), "is UTF-16 text: save it as UTF-8"),
        (lambda data: re.sub(b" +", b";", data), "separated by semicolons: save it with commas"),
        (lambda data: data.replace(b" Eyeglasses", b" Eyeglasses Age Weight"), "'Age', 'Weight'"),
        (lambda data: data.replace(b" Eyeglasses", b" Eyeglasses Eyeglasses"), "Eyeglasses twice in line 2"),
        (lambda data: data.replace(b"Young\n", b"Young Age\n").replace(b".jpg", b".jpg 7"), "column 'Age'"),
        (lambda data: data.replace(b" Smiling", b" Young"), "Young twice in line 2, and lacks Smiling"),
        (lambda data: data[: len(data) // 2], "announces 300 images and holds 1.*cut off"),
        (lambda data: b"".join(_lines(data)[:200]), "announces 300 images and holds 198"),
        (lambda data: data[:-20], "Line 302 of .* has 3[0-9] words"),
        (lambda data: b"".join(_lines(data)[1:])[:-20], "Line 301 of .* has 3[0-9] words"),
        (lambda data: b"".join(_lines(data)[1:2]), "holds no images"),
        (lambda data: re.sub(rb"(000007.jpg) +-?1", rb"\1 7", data), "value '7' for 5_o.* of image number 7"),
        (lambda data: data[:-2] + b"x\n", "value '-?x' for Young of image number 300"),
        (lambda data: data.replace(b"000007.jpg", b"000008.jpg"), "lists some file names twice"),
        (lambda data: data.replace(b"000007.jpg", "00000é.jpg".encode()), "not plain ASCII"),
        (lambda data: data.replace(b"000007.jpg", b"x" * 300), "a file name of 300 bytes"),
        (lambda data: data.replace(b"000007.jpg", b"00000\x007.jpg"), "not plain ASCII"),
        (lambda data: b"\xc2\xb2" + data, "names none of the 40"),
        (lambda data: b"3" * 9000 + data, "names none of the 40"),
        (lambda data: b"300\n" + data, "line 2 names none of the 40"),
        (lambda data: data.replace(b"000007.jpg ", b"000007.jpg,"), "Line 9 .* a comma or quote"),
        (lambda data: data.replace(b"000007.jpg ", b'000007.jpg"'), "Line 9 .* a comma or quote"),
        (lambda data: re.sub(rb"(000007.jpg) +-?1", rb"\1 0", data), "-1 in some places and 0 .* number 7,"),
        (lambda data: re.sub(rb"(000007.jpg) +-?1", rb"\1 True", data), "True or False in .* number 7,"),
    ],
)  # fmt: skip
def test_every_fault_is_named_in_one_sentence(fault, says: str, variants: dict[str, bytes]) -> None:  # noqa: ANN001
    with pytest.raises(AttributeFileError, match=says) as caught:
        parse_attribute_list(fault(variants["01 official"]), "list_attr_celeba.txt")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (",image_id,", "column '' .*to_csv"),
        ("image_id,Age,", "the column 'Age' beside the file name"),
        ("Photo,Age,", "'Photo', 'Age'"),
        ("Unnamed: 0,image_id,", "'Unnamed: 0'"),
    ],
)
def test_further_columns_of_a_csv_are_named(header: str, says: str, table: AttributeTable) -> None:
    text = _text(table, between=",")
    with pytest.raises(AttributeFileError, match=says):
        parse_attribute_list(text.replace("image_id,", header, 1).encode(), "list")


def _counted(table: AttributeTable, title: str | None, between: str = ",") -> bytes:
    """The same list with numbers where the file names stand."""
    numbers = AttributeTable(tuple(map(str, range(len(table.ids)))), table.values)
    return _text(numbers, first=title, between=between).encode()


@pytest.mark.parametrize("title", ["", None, "Unnamed: 0", "celeb_id", "partition"])
def test_numbers_are_no_file_names(title: str | None, table: AttributeTable) -> None:
    read = parse_attribute_list(_counted(table, title), "list")
    assert not read.named and read.ids[:2] == ("row-000001", "row-000002")
    assert np.array_equal(read.values, table.values)


def test_numbers_are_file_names_where_the_title_says_so(table: AttributeTable) -> None:
    for title in ("image_id", "Image_ID", "file_name"):
        read = parse_attribute_list(_counted(table, title), "list")
        assert read.named and read.ids[:2] == ("0", "1")


def test_another_column_may_say_the_same_of_many_images(table: AttributeTable) -> None:
    partition = AttributeTable(("0", "0", "1"), table.values[:3])
    read = parse_attribute_list(_text(partition, first="partition", between=",").encode(), "list")
    assert not read.named and read.ids == ("row-000001", "row-000002", "row-000003")


@pytest.mark.parametrize("title", ["", "celeb_id", "image", "image_id"])
@pytest.mark.parametrize("named", [True, False])
def test_both_readers_take_the_same_for_file_names(title: str, named: bool, table: AttributeTable) -> None:
    text = _text(table, first=title, between=",").encode() if named else _counted(table, title)
    ids = table.ids if named else tuple(map(str, range(len(table.ids))))
    columns = {
        title: pa.array(ids),
        **dict(zip(LABELS, table.values.T, strict=True)),
    }
    pq.write_table(pa.table(columns), parquet := io.BytesIO())
    one, two = (parse_attribute_list(data, "list") for data in (text, parquet.getvalue()))
    assert (one.ids, one.named) == (two.ids, two.named)
    assert one.named == (named or title == "image_id")


@pytest.mark.parametrize("place", [1, 17, 40])
def test_an_empty_cell_of_a_csv_is_named(place: int, variants: dict[str, bytes]) -> None:
    lines = variants["04 Kaggle's CSV"].split(b"\n")
    cells = lines[7].split(b",")
    lines[7] = b",".join([*cells[:place], b"", *cells[place + 1 :]])
    with pytest.raises(AttributeFileError, match=f"Line 8 of list .* empty cell for {LABELS[place - 1]}:"):
        parse_attribute_list(b"\n".join(lines), "list")


def test_a_column_alone_may_be_of_floats(table: AttributeTable) -> None:
    rows = _text(table, between=",").splitlines()
    text = "\n".join([rows[0], *(f"{row}.0" for row in rows[1:])])
    assert np.array_equal(parse_attribute_list(text.encode(), "list").values, table.values)


@pytest.mark.parametrize("words", [("-1.0", "1.0"), ("0.0", "1.0")])
@pytest.mark.parametrize("between", [",", " "])
def test_whole_numbers_may_be_written_as_floats(
    words: tuple[str, str], between: str, table: AttributeTable
) -> None:
    text = _text(table, between=between, words=words)
    assert np.array_equal(parse_attribute_list(text.encode(), "list").values, table.values)
    cut = text.rindex(words[0])
    mixed = f"{text[:cut]}{words[0][:-2]}{text[cut + len(words[0]) :]}"
    with pytest.raises(AttributeFileError, match="the value '-?[01].0' for"):
        parse_attribute_list(mixed.encode(), "list")


def test_a_truth_value_has_no_decimals(table: AttributeTable) -> None:
    text = _text(table, between=",", words=("False.0", "True.0"))
    with pytest.raises(AttributeFileError, match="the value '(True|False).0' for 5_o_Clock_Shadow of image"):
        parse_attribute_list(text.encode(), "list")


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (lambda row: row.replace(b",-1", b",,1", 1), "Line 8 of .* has an empty cell"),
        (lambda row: row.replace(b",-1", b',"1', 1), "Line 8 of .* has an empty cell"),
        (lambda row: row + b",", "Line 8 of .* has an empty cell"),
        (lambda row: b'"' + row, "Line 8 of .* has an empty cell"),
        (lambda row: row.replace(b",-1,-1,", b',"-1"-1",', 1), "Line 8 of .* has an empty cell"),
        (lambda row: row.replace(b",-1", b" -1", 1), "Line 8 of .* has an empty cell"),
        (lambda row: row.replace(b",-1", b"", 1), "Line 8 of .* has 40 words"),
    ],
)  # fmt: skip
def test_a_csv_with_a_cell_too_few_or_too_many_is_refused(
    fault,  # noqa: ANN001
    says: str,
    variants: dict[str, bytes],
) -> None:
    lines = variants["04 Kaggle's CSV"].split(b"\n")
    lines[7] = fault(lines[7])
    with pytest.raises(AttributeFileError, match=says):
        parse_attribute_list(b"\n".join(lines), "list")


@pytest.mark.parametrize("word", ["Treu", "Truer", "tru", "T", "Falsch", "TRUE1", "0true"])
def test_only_true_and_false_are_words(word: str, table: AttributeTable) -> None:
    text = _text(table, words=("False", "True"))
    last_false = text.rindex("False")
    with pytest.raises(AttributeFileError, match=f"value '{word}' for .* of image number 300"):
        parse_attribute_list((text[:last_false] + word + text[last_false + 5 :]).encode(), "list")


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(AttributeFileError, match="There is no attribute file .*nothing.txt"):
        read_attribute_bytes(tmp_path / "nothing.txt")
    with pytest.raises(AttributeFileError, match="cannot be read"):
        read_attribute_bytes(tmp_path)


def test_a_table_needs_a_row_a_name() -> None:
    with pytest.raises(AttributeFileError, match="need values of shape"):
        AttributeTable(("a.jpg",), np.zeros((2, 40), dtype=bool))


def test_a_table_needs_a_split_a_name() -> None:
    with pytest.raises(AttributeFileError, match="need as many splits"):
        AttributeTable(("a.jpg",), np.zeros((1, 40), dtype=bool), np.zeros(2, dtype=np.uint8))


def test_the_official_file(celeba_dir: Path) -> None:
    path = celeba_dir / "Anno" / "list_attr_celeba.txt"
    read = parse_attribute_list(read_attribute_bytes(path), path.name)
    assert len(read.ids) == 202_599
    assert read.ids[0] == "000001.jpg"
    assert read.ids[-1] == "202599.jpg"
    assert int(read.values[:, LABELS.index("Male")].sum()) == 84_434
