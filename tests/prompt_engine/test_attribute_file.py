"""Every variant of the attribute list that is read, and every fault that is named."""

import re
from pathlib import Path

import numpy as np
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


@pytest.fixture(scope="module")
def variants(table: AttributeTable) -> dict[str, bytes]:
    """The same 300 images as different tools write them."""
    official = _text(table, count="300", first=None)
    shuffled = tuple(np.random.default_rng(1).permutation(40).tolist())
    texts = {
        "official": official,
        "aligned columns": official.replace(" 1", "  1"),
        "no count line": _text(table, first=None),
        "named first column": _text(table),
        "tabs": _text(table, between="\t"),
        "kaggle csv": _text(table, between=","),
        "csv with count line": _text(table, count="300", between=","),
        "csv with padded count line": _text(table, count="300" + "," * 40, between=","),
        "csv, blank first header": _text(table, between=",", first=""),
        "csv, 40 names": _text(table, between=",", first=None),
        "csv, spaces after commas": _text(table, between=", "),
        "0 and 1": _text(table, between=",", words=("0", "1")),
        "True and False": _text(table, between=",", words=("False", "True")),
        "true and FALSE": _text(table, words=("FALSE", "true")),
        "blank lines at the end": official + "\n\n",
        "no newline at the end": official.rstrip("\n"),
        "shuffled columns": _text(table, between=",", order=shuffled),
        "quoted csv": '"' + _text(table, between='","').replace("\n", '"\n"').removesuffix('"'),
    }
    encoded = {name: text.encode() for name, text in texts.items()}
    encoded["BOM and CRLF"] = b"\xef\xbb\xbf" + official.replace("\n", "\r\n").encode()
    return encoded


VARIANTS = [
    "official",
    "aligned columns",
    "no count line",
    "named first column",
    "tabs",
    "kaggle csv",
    "csv with count line",
    "csv with padded count line",
    "csv, blank first header",
    "csv, 40 names",
    "csv, spaces after commas",
    "0 and 1",
    "True and False",
    "true and FALSE",
    "blank lines at the end",
    "no newline at the end",
    "shuffled columns",
    "quoted csv",
    "BOM and CRLF",
]


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_says_the_same(variant: str, variants: dict[str, bytes], table: AttributeTable) -> None:
    read = parse_attribute_list(variants[variant], "list")
    assert read.ids == table.ids
    assert np.array_equal(read.values, table.values)


def test_no_variant_is_left_out(variants: dict[str, bytes]) -> None:
    assert set(VARIANTS) == set(variants)


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
        (lambda data: data.replace(b" Eyeglasses", b" Eyeglasses Age Weight"), "has 42 columns"),
        (lambda data: data.replace(b" Eyeglasses", b" Eyeglasses Eyeglasses"), "has 41 columns"),
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
    ],
)  # fmt: skip
def test_every_fault_is_named_in_one_sentence(fault, says: str, variants: dict[str, bytes]) -> None:  # noqa: ANN001
    with pytest.raises(AttributeFileError, match=says) as caught:
        parse_attribute_list(fault(variants["official"]), "list_attr_celeba.txt")
    assert "\n" not in str(caught.value)


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


def test_the_official_file(celeba_dir: Path) -> None:
    path = celeba_dir / "Anno" / "list_attr_celeba.txt"
    read = parse_attribute_list(read_attribute_bytes(path), path.name)
    assert len(read.ids) == 202_599
    assert read.ids[0] == "000001.jpg"
    assert read.ids[-1] == "202599.jpg"
    assert int(read.values[:, LABELS.index("Male")].sum()) == 84_434
