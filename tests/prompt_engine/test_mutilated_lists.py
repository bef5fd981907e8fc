"""Attribute lists cut, flipped and shuffled: refused, or read as a slow and plain reader reads them."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from prompt_engine.attribute_file import parse_attribute_list
from prompt_engine.attributes import LABELS
from prompt_engine.errors import AttributeFileError

ROWS = 6
WAYS = ({b"-1": False, b"1": True}, {b"0": False, b"1": True}, {b"false": False, b"true": True})
TITLES = (b"image_id", b"file_name", b"filename")  # anything under them is a file name
Rows = list[tuple[bytes, list[bool]]]


class Unreadable(Exception):
    """The plain reader does not take it."""


def read_plainly(data: bytes) -> Rows:
    """What a list says, line by line and word by word."""
    lines = data.removeprefix(b"\xef\xbb\xbf")
    announced = None
    while True:
        line, lines = _line(lines)
        words = _header_words(line)
        if announced is None and re.fullmatch(rb"[0-9]{1,9}", words[0]) and not any(words[1:]):
            announced = int(words[0])
        elif any(words):
            break
    name_place, places = _places(words)
    rows = [_cells(row, b"," in line) for row in lines.split(b"\n") if row.strip(b" \t\r")]
    if not rows or announced not in (None, len(rows)):
        raise Unreadable
    names = [row[name_place] for row in rows]
    if not all(re.fullmatch(rb"[!-~]{1,255}", name) for name in names):
        raise Unreadable
    titled = len(words) > 40 and words[name_place].lower() in TITLES
    if not titled and not all(re.fullmatch(rb"(?i).{1,250}\.(jpg|jpeg|png)", name) for name in names):
        names = [b"row-%06d" % number for number in range(1, len(rows) + 1)]
    if len(set(names)) < len(names):
        raise Unreadable
    return list(zip(names, _values([[row[place] for place in places] for row in rows]), strict=True))


def _line(data: bytes) -> tuple[bytes, bytes]:
    if not data:
        raise Unreadable
    found = re.search(rb"\r\n|\n|\r", data)
    return (data[: found.start()], data[found.end() :]) if found else (data, b"")


def _header_words(line: bytes) -> list[bytes]:
    line = line.strip(b" \t")
    words = line.split(b",") if b"," in line else re.split(rb"[ \t]+", line)
    return [word.strip(b' \t"') for word in words]


def _places(words: list[bytes]) -> tuple[int, list[int]]:
    labels = [label.encode() for label in LABELS]
    if sorted(words) == sorted(labels):
        words = [b"", *words]
    if len(words) != 41 or any(label not in words for label in labels):
        raise Unreadable
    return next(place for place, word in enumerate(words) if word not in labels), list(
        map(words.index, labels)
    )


def _cells(row: bytes, by_comma: bool) -> list[bytes]:
    if by_comma:
        cells = [cell.strip(b" \t\r") for cell in row.split(b",")]
        cells = [cell[1:-1] if re.fullmatch(rb'".+"', cell, re.DOTALL) else cell for cell in cells]
    else:
        cells = re.split(rb"[ \t\r]+", row.strip(b" \t\r"))
    if len(cells) != 41 or any(re.search(rb'[ \t\r,"]', cell) or not cell for cell in cells):
        raise Unreadable
    return cells


def _values(rows: list[list[bytes]]) -> list[list[bool]]:
    words = {word.lower() for row in rows for word in row}
    for way in WAYS:
        if words <= set(way):
            return [[way[word.lower()] for word in row] for row in rows]
    raise Unreadable


def _written(between: str, no: str, yes: str, count: bool, first: str | None) -> bytes:
    values = np.random.default_rng(2).random((ROWS, 40)) < 0.4
    header = between.join([*([] if first is None else [first]), *LABELS])
    rows = [between.join([f"{n:06d}.jpg", *(yes if v else no for v in row)]) for n, row in enumerate(values)]
    return "\n".join([*([str(ROWS)] if count else []), header, *rows, ""]).encode()


LISTS = (
    _written(" ", "-1", " 1", True, None),
    _written(" ", "-1", " 1", False, "image_id").replace(b"\n", b" \r\n"),
    _written(" ", "-1", "1", True, None),
    _written("  ", "-1", "1", False, "image_id"),
    _written(",", "-1", "1", False, "image_id"),
    _written(",", "0", "1", True, ""),
    _written(",", "0", "1", False, "").replace(b".jpg", b""),
    _written(",", "0", "1", False, "image_id").replace(b".jpg", b""),
    _written(",", "False", "True", False, "image_id").replace(b"\n", b"\r\n"),
    b"\xef\xbb\xbf" + _written("\t", "0", "1", False, None),
    b'"' + _written('","', "-1", "1", False, "image_id").replace(b"\n", b'"\n"').removesuffix(b'"'),
)
Change = Callable[[bytes], bytes]
_LETTERS = st.one_of(st.sampled_from(b' \t\r\n,"-01'), st.integers(0, 255))


@st.composite
def changes(draw: st.DrawFn) -> Change:
    """One mutilation; places are shares of the length, so that they suit every list."""
    at, kind, letter = (
        draw(st.floats(0, 1)),
        draw(st.sampled_from(["cut", "flip", "insert", "drop", "lose", "double", "swap"])),
        draw(_LETTERS),
    )

    def change(data: bytes) -> bytes:
        place = min(int(at * len(data)), max(len(data) - 1, 0))
        lines = data.splitlines(keepends=True) or [b""]
        line = min(int(at * len(lines)), len(lines) - 1)
        match kind:
            case "cut":
                return data[:place]
            case "flip":
                return data[:place] + bytes([letter]) + data[place + 1 :]
            case "insert":
                return data[:place] + bytes([letter]) + data[place:]
            case "drop":
                return data[:place] + data[place + 1 :]
            case "lose":
                return b"".join(lines[:line] + lines[line + 1 :])
            case "double":
                return b"".join(lines[: line + 1] + lines[line:])
            case _:
                return b"".join(lines[:line] + lines[line + 1 :] + lines[line : line + 1])

    return change


@settings(max_examples=600)
@given(st.sampled_from(LISTS), st.lists(changes(), max_size=4))
def test_a_mutilated_list_is_refused_or_read_as_it_stands(data: bytes, mutilations: list[Change]) -> None:
    for change in mutilations:
        data = change(data)
    try:
        expected = read_plainly(data)
    except Unreadable:
        expected = None
    try:
        table = parse_attribute_list(data, "list")
    except AttributeFileError as error:
        assert expected is None, f"refused: {error}"
        assert "\n" not in str(error)
        return
    read = [(name.encode(), row) for name, row in zip(table.ids, table.values.tolist(), strict=True)]
    assert read == expected
