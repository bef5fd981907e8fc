"""Lines of words, such as `000001.jpg -1 1 …`, found in a large file without a loop over them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from prompt_engine.errors import AttributeFileError

_SEPARATORS = b' \t\r\n,"'
_LONGEST_NAME = 255
_NOT_IN_A_NAME = (*range(0x21), 0x7F)

Text = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class TableFile:
    """The bytes of a file, what messages call it, and where its rows begin."""

    data: bytes
    name: str
    body: int  # offset of the first row in bytes
    lines: int  # before the first row
    by_comma: bool  # else by white space
    again: str  # what to do about a damaged file
    announced: int | None = None  # how many rows the file says it has
    columns: tuple[str, ...] = ()  # what its cells are for, where an empty one is to be named


@dataclass(frozen=True)
class WordTable:
    """Where the words of the rows lie: offsets of start and end, both of shape (rows, width)."""

    text: Text
    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]

    def word(self, row: int, column: int) -> str:
        """One word, cut where it is too long for a message."""
        found = self.text[self.starts[row, column] : self.ends[row, column]]
        return bytes(found[:40]).decode("utf-8", errors="replace")

    def spells(self, word: bytes, columns: slice = slice(None)) -> npt.NDArray[np.bool_]:
        """Which words are `word`, given in small letters, in whatever case."""
        starts, ends = self.starts[:, columns].ravel(), self.ends[:, columns].ravel()
        found = np.flatnonzero(ends - starts == len(word))
        for place, letter in enumerate(word):
            # 0x20 is all that tells a capital from its small letter; digits and signs have it set.
            found = found[self.text[starts[found] + place] | 0x20 == letter]
        spelled = np.zeros(self.starts[:, columns].shape, dtype=bool)
        spelled.ravel()[found] = True
        return spelled


def find_words(file: TableFile, width: int, row_is: str) -> WordTable:
    """Find the words of every row; blank lines are passed over. `row_is` says what a row consists of.

    Raises:
        AttributeFileError: a row has other than `width` words, or cells that are empty or badly quoted.
    """
    text = np.frombuffer(file.data, dtype=np.uint8)
    separator = np.zeros(256, dtype=bool)
    separator[list(_SEPARATORS)] = True
    inside = np.zeros(len(text) - file.body + 2, dtype=np.int8)
    inside[1:-1] = ~separator[text[file.body :]]
    edges = np.flatnonzero(np.diff(inside)) + file.body
    starts, ends = edges[0::2], edges[1::2]
    _check_lines(file, text, starts, width, row_is)
    words = WordTable(text, starts.reshape(-1, width), ends.reshape(-1, width))
    if file.by_comma:
        _check_quotes(file, words)
        _check_commas(file, words)
    elif (stray := _first_of(file, b",", b'"')) is not None:
        raise _stray(file, stray)
    return words


def read_names(file: TableFile, words: WordTable, column: int) -> npt.NDArray[np.bytes_]:
    """The words of one column, which are file names.

    Raises:
        AttributeFileError: one is too long, not plain ASCII, or there twice.
    """
    starts, lengths = words.starts[:, column], words.ends[:, column] - words.starts[:, column]
    width = int(lengths.max())
    if width > _LONGEST_NAME:
        raise AttributeFileError(f"{file.name} has a file name of {width:,} bytes: {file.again}.")
    places = np.minimum(starts[:, None] + np.arange(width), len(words.text) - 1)
    inside = np.arange(width) < lengths[:, None]
    letters = np.where(inside, words.text[places], 0).astype(np.uint8)
    strange = np.zeros(256, dtype=bool)
    strange[[*_NOT_IN_A_NAME, *range(0x80, 0x100)]] = True
    if (strange[letters] & inside).any():
        raise AttributeFileError(f"{file.name} has file names that are not plain ASCII: {file.again}.")
    return letters.view(f"S{width}")[:, 0]


def _check_lines(file: TableFile, text: Text, starts: npt.NDArray[np.int64], width: int, row_is: str) -> None:
    line_ends = np.flatnonzero(text[file.body :] == ord("\n")) + file.body
    words = np.diff(np.searchsorted(starts, np.append(line_ends, len(text))), prepend=0)
    rows = int(np.count_nonzero(words))
    if file.announced is not None and rows != file.announced:
        raise AttributeFileError(
            f"{file.name} announces {file.announced:,} images and holds {rows:,}, "
            f"so it was cut off or changed: {file.again}."
        )
    wrong = np.flatnonzero((words != width) & (words != 0))
    if len(wrong):
        _check_empty(file, int(wrong[0]))
        raise AttributeFileError(
            f"Line {file.lines + wrong[0] + 1:,} of {file.name} has {words[wrong[0]]} words, "
            f"not {row_is}, so it was cut off or changed: {file.again}."
        )
    if rows == 0:
        raise AttributeFileError(f"{file.name} holds no images after its header: {file.again}.")


def _check_empty(file: TableFile, row: int) -> None:
    """Refuse a row with all its commas and nothing between two of them."""
    line = file.data[file.body :].split(b"\n", row + 1)[row]
    cells = [cell.strip(b' \t\r"') for cell in line.split(b",")]
    if file.by_comma and len(cells) == len(file.columns) and b"" in cells:
        raise AttributeFileError(
            f"Line {file.lines + row + 1:,} of {file.name} has an empty cell for "
            f"{file.columns[cells.index(b'')]}: fill it in, or {file.again}."
        )


def _check_quotes(file: TableFile, words: WordTable) -> None:
    """Every quote must stand right before or after a word, and never on one side only."""
    quotes = np.flatnonzero(words.text[file.body :] == ord('"')) + file.body
    if not len(quotes):
        return
    padded = np.concatenate([[0], words.text, [0]])
    opened, closed = padded[words.starts] == ord('"'), padded[words.ends + 1] == ord('"')
    uneven = np.flatnonzero(opened != closed)
    if len(uneven):
        raise _stray(file, int(words.starts.ravel()[uneven[0]]))
    if len(quotes) != 2 * np.count_nonzero(opened):
        beside = np.sort(np.concatenate([words.starts[opened] - 1, words.ends[opened]]))
        shared = beside[1:][np.diff(beside) == 0]  # by two words
        raise _stray(file, int(np.append(shared, np.setdiff1d(quotes, beside))[0]))


def _check_commas(file: TableFile, words: WordTable) -> None:
    """One comma between two words of a row, and no other."""
    rows, width = words.starts.shape
    commas = np.flatnonzero(words.text[file.body :] == ord(",")) + file.body
    if len(commas) == rows * (width - 1) and (words.text[words.ends[:, :-1]] == ord(",")).all():
        return  # right after every word, as nearly always
    follower = np.searchsorted(words.starts.ravel(), commas)
    expected = np.flatnonzero(np.arange(rows * width) % width)
    same = min(len(follower), len(expected))
    wrong = np.flatnonzero(follower[:same] != expected[:same])
    if len(wrong):
        raise _stray(file, int(commas[wrong[0]]))
    if len(commas) != len(expected):
        raise _stray(file, int(commas[same]) if same < len(commas) else int(words.starts[-1, -1]))


def _first_of(file: TableFile, *letters: bytes) -> int | None:
    found = [place for letter in letters if (place := file.data.find(letter, file.body)) >= 0]
    return min(found) if found else None


def _stray(file: TableFile, place: int) -> AttributeFileError:
    line = file.lines + file.data.count(b"\n", file.body, place) + 1
    return AttributeFileError(
        f"Line {line:,} of {file.name} has an empty cell, or a comma or quote that does not belong there, "
        f"so it was changed: {file.again}."
    )
