"""Reads CelebA's attribute list, in the official layout and its common variants, or says why not.

Accepted: with or without the count line, separated by spaces, tabs or commas, a first header cell named,
blank or left out, columns in any order, values -1/1, 0/1 or True/False, with or without BOM and CRLF.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from prompt_engine.attributes import LABELS
from prompt_engine.errors import AttributeFileError

_SEPARATORS = b' \t\r\n,"'
_LONGEST_NAME = 255
_FETCH_AGAIN = "fetch list_attr_celeba.txt again"


@dataclass(frozen=True)
class AttributeTable:
    """Every image of an attribute list: file names, and values of shape (n, 40), columns as in LABELS."""

    ids: tuple[str, ...]
    values: npt.NDArray[np.bool_]

    def __post_init__(self) -> None:
        if self.values.shape != (len(self.ids), len(LABELS)):
            raise AttributeFileError(
                f"{len(self.ids):,} file names need values of shape ({len(self.ids)}, {len(LABELS)}), "
                f"not {self.values.shape}."
            )


@dataclass(frozen=True)
class _Header:
    announced: int | None  # what the count line says
    name_column: int
    columns: tuple[int, ...]  # where each of LABELS stands
    lines: int  # before the first image
    body: int  # offset of the first image in bytes


@dataclass(frozen=True)
class _Tokens:
    """Where the words of the body lie: start and end offsets, one row an image."""

    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]


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
    data = data.removeprefix(b"\xef\xbb\xbf")
    header = _header(data, name)
    text = np.frombuffer(data, dtype=np.uint8)
    tokens = _rows(text, header, name)
    ids = _names(text, tokens.starts[:, header.name_column], tokens.ends[:, header.name_column], name)
    values = _values(text, tokens, header, name)
    return AttributeTable(ids, values)


def _header(data: bytes, name: str) -> _Header:
    announced: int | None = None
    offset = 0
    for number, line in enumerate(data[:20_000].splitlines(keepends=True)[:10], start=1):
        offset += len(line)
        words = _cells(line)
        if words and words[0].isdigit() and not any(words[1:]):
            announced = int(words[0])
        elif any(words):
            return _header_line(words, announced, number, offset, name)
    raise AttributeFileError(f"The attribute file {name} is empty: {_FETCH_AGAIN}.")


def _cells(line: bytes) -> list[str]:
    text = line.decode("utf-8", errors="replace").strip("\r\n")
    cells = text.split(",") if "," in text else text.split()
    return [cell.strip(' \t"') for cell in cells]


def _header_line(words: list[str], announced: int | None, number: int, offset: int, name: str) -> _Header:
    missing = [label for label in LABELS if label not in words]
    others = [place for place, word in enumerate(words) if word not in LABELS]
    if len(missing) == len(LABELS):
        raise AttributeFileError(
            f"{name} is not a CelebA attribute list: line {number} names none of the 40 attributes. "
            "Give CelebA's own list_attr_celeba.txt, or a CSV of it."
        )
    if missing:
        raise AttributeFileError(
            f"{name} is not the whole CelebA attribute list: line {number} lacks {', '.join(missing)}."
        )
    if len(others) > 1 or len(words) - len(others) > len(LABELS):
        raise AttributeFileError(
            f"{name} has {len(words)} columns in line {number}: keep the file name and the 40 attributes."
        )
    if not others:  # the official file has no name for its first column
        words, others = ["", *words], [0]
    return _Header(announced, others[0], tuple(words.index(label) for label in LABELS), number, offset)


def _rows(text: npt.NDArray[np.uint8], header: _Header, name: str) -> _Tokens:
    separator = np.zeros(256, dtype=bool)
    separator[list(_SEPARATORS)] = True
    inside = np.zeros(len(text) - header.body + 2, dtype=np.int8)
    inside[1:-1] = ~separator[text[header.body :]]
    edges = np.flatnonzero(np.diff(inside)) + header.body
    starts, ends = edges[0::2], edges[1::2]
    width = len(LABELS) + 1
    rows = _check_rows(text, starts, width, header, name)
    return _Tokens(starts.reshape(rows, width), ends.reshape(rows, width))


def _check_rows(
    text: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64], width: int, header: _Header, name: str
) -> int:
    line_ends = np.flatnonzero(text[header.body :] == ord("\n")) + header.body
    words = np.diff(np.searchsorted(starts, np.append(line_ends, len(text))), prepend=0)
    rows = int(np.count_nonzero(words))
    if header.announced is not None and rows != header.announced:
        raise AttributeFileError(
            f"{name} announces {header.announced:,} images and holds {rows:,}, "
            f"so it was cut off or changed: {_FETCH_AGAIN}."
        )
    wrong = np.flatnonzero((words != width) & (words != 0))
    if len(wrong):
        raise AttributeFileError(
            f"Line {header.lines + wrong[0] + 1:,} of {name} has {words[wrong[0]]} words, "
            f"not a file name and 40 values, so it was cut off or changed: {_FETCH_AGAIN}."
        )
    if rows == 0:
        raise AttributeFileError(f"{name} holds no images after its header: {_FETCH_AGAIN}.")
    return rows


def _names(
    text: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64], name: str
) -> tuple[str, ...]:
    lengths = ends - starts
    width = int(lengths.max())
    if width > _LONGEST_NAME:
        raise AttributeFileError(f"{name} has a file name of {width:,} bytes: {_FETCH_AGAIN}.")
    places = np.minimum(starts[:, None] + np.arange(width), len(text) - 1)
    letters = np.where(np.arange(width) < lengths[:, None], text[places], 0).astype(np.uint8)
    try:
        ids = tuple(letters.view(f"S{width}")[:, 0].astype(f"U{width}").tolist())
    except UnicodeDecodeError:
        raise AttributeFileError(f"{name} has file names that are not plain ASCII: {_FETCH_AGAIN}.") from None
    if len(set(ids)) < len(ids):
        raise AttributeFileError(f"{name} lists some file names twice: {_FETCH_AGAIN}.")
    return ids


def _values(
    text: npt.NDArray[np.uint8], tokens: _Tokens, header: _Header, name: str
) -> npt.NDArray[np.bool_]:
    starts, lengths = tokens.starts, (tokens.ends - tokens.starts).astype(np.int32)
    first = text[starts]
    minus = (lengths == 2) & (first == ord("-")) & (text[tokens.ends - 1] == ord("1"))
    true = (lengths == 1) & (first == ord("1"))
    known = minus | true | ((lengths == 1) & (first == ord("0")))
    known[:, header.name_column] = True
    if not known.all():
        true |= _spell(b"true", text, tokens)
        known |= true | _spell(b"false", text, tokens)
        _check_known(known, text, tokens, header, name)
    return true[:, list(header.columns)]


def _spell(word: bytes, text: npt.NDArray[np.uint8], tokens: _Tokens) -> npt.NDArray[np.bool_]:
    """Which tokens are `word`, given in small letters, in whatever case."""
    starts = tokens.starts.ravel()
    found = np.flatnonzero(tokens.ends.ravel() - starts == len(word))
    for place, letter in enumerate(word):
        # 0x20 is all that tells a capital from its small letter.
        found = found[text[starts[found] + place] | 0x20 == letter]
    spelled = np.zeros(tokens.starts.shape, dtype=bool)
    spelled.ravel()[found] = True
    return spelled


def _check_known(
    known: npt.NDArray[np.bool_], text: npt.NDArray[np.uint8], tokens: _Tokens, header: _Header, name: str
) -> None:
    """Refuse the first token that is no value."""
    wrong = np.argwhere(~known)
    if not len(wrong):
        return
    row, column = wrong[0]
    word = bytes(text[tokens.starts[row, column] : tokens.ends[row, column]]).decode(
        "utf-8", errors="replace"
    )
    raise AttributeFileError(
        f"{name} has the value {word[:40]!r} for {LABELS[header.columns.index(column)]} of image number "
        f"{row + 1:,}: only -1, 0, 1, True and False are values. "
        "Fetch the file again, or correct it."
    )
