"""Reads CelebA's attribute list, in the official layout and its common variants, or says why not.

Accepted: with or without the count line, separated by spaces, tabs or commas, a first header cell named,
blank or left out, columns in any order, values -1/1, 0/1 or True/False, numbers with or without .0, with or
without BOM and CRLF. A column that is not called as file names are, and holds none, such as the numbers that
pandas writes, names no image. Parquet is read too (`parquet_file`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from prompt_engine.attribute_header import Header, check_width, parse_header
from prompt_engine.attributes import LABELS
from prompt_engine.errors import AttributeFileError
from prompt_engine.image_names import celeba_names, is_image_name, row_names
from prompt_engine.word_table import TableFile, WordTable, find_words, read_names

PARQUET = b"PAR1"  # how such a file begins
_WIDE = re.compile(rb"s\0m\0i\0l\0i\0n\0g", re.IGNORECASE)  # in UTF-16, whichever byte comes first
_FETCH_AGAIN = "fetch list_attr_celeba.txt again"


@dataclass(frozen=True)
class AttributeTable:
    """Every image of an attribute list: file names, and values of shape (n, 40), columns as in LABELS.

    `splits`, of shape (n,), says which are for training (0), validation (1) and testing (2), where known.
    `named` says whether the images are called so; otherwise the file names only count rows.
    """

    ids: tuple[str, ...]
    values: npt.NDArray[np.bool_]
    splits: npt.NDArray[np.uint8] | None = None
    named: bool = True

    @classmethod
    def without_names(
        cls, values: npt.NDArray[np.bool_], splits: npt.NDArray[np.uint8] | None = None
    ) -> AttributeTable:
        """A table whose source names no image: CelebA's names where it is CelebA's, else numbers of rows."""
        names = celeba_names(values)
        return cls(names or row_names(len(values)), values, splits, named=names is not None)

    def __post_init__(self) -> None:
        if self.values.shape != (len(self.ids), len(LABELS)):
            raise AttributeFileError(
                f"{len(self.ids):,} file names need values of shape ({len(self.ids)}, {len(LABELS)}), "
                f"not {self.values.shape}."
            )
        if self.splits is not None and self.splits.shape != (len(self.ids),):
            raise AttributeFileError(
                f"{len(self.ids):,} file names need as many splits, not an array of {self.splits.shape}."
            )


def read_attribute_bytes(path: Path | str) -> bytes:
    """Read the file without looking into it.

    Raises:
        AttributeFileError: it cannot be read.
    """
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise AttributeFileError(f"There is no attribute file {path}: check the path.") from None
    except OSError as error:
        reason = error.strerror or error
        raise AttributeFileError(f"The attribute file {path} cannot be read ({reason}).") from error


def parse_attribute_list(data: bytes, name: str) -> AttributeTable:
    """Parse the content of an attribute list; `name` is what messages call it.

    Raises:
        AttributeFileError: the content is cut off or not CelebA's attribute list.
    """
    if data.startswith(PARQUET):
        from prompt_engine.parquet_file import parse_attribute_parquet

        return parse_attribute_parquet(data, name)
    if _WIDE.search(data[:20_000]):
        raise AttributeFileError(f"{name} is UTF-16 text: save it as UTF-8.")
    file, header = _header(data.removeprefix(b"\xef\xbb\xbf"), name)
    words = find_words(file, len(LABELS) + 1, "a file name and 40 values")
    ids = _ids(file, words, header)
    values = _values(file, words, header)
    return AttributeTable.without_names(values) if ids is None else AttributeTable(ids, values)


def _header(data: bytes, name: str) -> tuple[TableFile, Header]:
    announced: int | None = None
    offset = 0
    for number, line in enumerate(data[:20_000].splitlines(keepends=True)[:10], start=1):
        offset += len(line)
        words = _cells(line)
        if announced is None and re.fullmatch("[0-9]{1,9}", words[0]) and not any(words[1:]):
            announced = int(words[0])
        elif any(words):
            header = parse_header(words, number, name)
            check_width(header, _cells(data[offset : offset + 20_000].partition(b"\n")[0]), number, name)
            file = TableFile(data, name, offset, number, b"," in line, _FETCH_AGAIN, announced, header.titles)
            return file, header
    raise AttributeFileError(f"The attribute file {name} is empty: {_FETCH_AGAIN}.")


def _cells(line: bytes) -> list[str]:
    text = line.decode("utf-8", errors="replace").strip(" \t\r\n")
    cells = text.split(",") if "," in text else re.split("[ \t]+", text)
    return [cell.strip(' \t"') for cell in cells]


def _ids(file: TableFile, words: WordTable, header: Header) -> tuple[str, ...] | None:
    """The file names; None where the column beside the attributes is about something else."""
    ids = tuple(read_names(file, words, header.name_column).astype(str).tolist())
    if not header.promises_names and not all(map(is_image_name, ids)):
        return None
    if len(set(ids)) < len(ids):
        raise AttributeFileError(f"{file.name} lists some file names twice: {_FETCH_AGAIN}.")
    return ids


def _values(file: TableFile, words: WordTable, header: Header) -> npt.NDArray[np.bool_]:
    """The values, written in one of three ways: with two in a file, some were changed."""
    words = _without_decimals(words, header)
    starts, lengths = words.starts, (words.ends - words.starts).astype(np.int32)
    first = words.text[starts]
    one = (lengths == 1) & (first == ord("1"))
    zero = (lengths == 1) & (first == ord("0"))
    minus = (lengths == 2) & (first == ord("-")) & (words.text[words.ends - 1] == ord("1"))
    one[:, header.name_column] = zero[:, header.name_column] = minus[:, header.name_column] = False
    known = one | zero | minus
    known[:, header.name_column] = True
    if known.all():
        _check_one_way(file, {"-1": minus, "0": zero})
        return one[:, list(header.columns)]
    true, false = (words.spells(word) for word in (b"true", b"false"))
    true[:, header.name_column] = false[:, header.name_column] = False
    _check_known(file, words, header, known | true | false)
    _check_one_way(file, {"True or False": true | false, "a number": one | zero | minus})
    return true[:, list(header.columns)]


def _without_decimals(words: WordTable, header: Header) -> WordTable:
    """The same words with -1.0 as -1 and so on, in the columns in which every value is written so."""
    columns = np.array([place for place in header.columns if words.word(0, place).endswith(".0")], dtype=int)
    if not len(columns):
        return words
    starts, ends = words.starts[:, columns], words.ends[:, columns]
    before, dot, zero = (words.text[ends - place] for place in (3, 2, 1))
    number = (before >= ord("0")) & (before <= ord("9"))  # not True.0
    whole = ((ends - starts > 2) & number & (dot == ord(".")) & (zero == ord("0"))).all(axis=0)
    shorter = words.ends.copy()
    shorter[:, columns[whole]] -= 2
    return WordTable(words.text, words.starts, shorter)


def _check_one_way(file: TableFile, ways: dict[str, npt.NDArray[np.bool_]]) -> None:
    (this, in_this), (other, in_other) = ways.items()
    if not (in_this.any() and in_other.any()):
        return
    rarer = min(in_this, in_other, key=np.count_nonzero)
    raise AttributeFileError(
        f"{file.name} has {this} in some places and {other} in others, as in image number "
        f"{int(np.flatnonzero(rarer.any(axis=1))[0]) + 1:,}, so it was changed: {_FETCH_AGAIN}."
    )


def _check_known(file: TableFile, words: WordTable, header: Header, known: npt.NDArray[np.bool_]) -> None:
    """Refuse the first word that is no value."""
    wrong = np.argwhere(~known)
    if not len(wrong):
        return
    row, column = wrong[0]
    raise AttributeFileError(
        f"{file.name} has the value {words.word(row, column)!r} for "
        f"{LABELS[header.columns.index(column)]} of image number {row + 1:,}: "
        "only -1, 0, 1, True and False are values. Fetch the file again, or correct it."
    )
