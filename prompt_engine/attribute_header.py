"""The header of an attribute list: which column is what, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from prompt_engine.attributes import LABELS
from prompt_engine.errors import AttributeFileError
from prompt_engine.image_names import USUAL_COLUMNS


@dataclass(frozen=True)
class Header:
    """Where the file name and each of LABELS stand, and what the first is called."""

    name_column: int
    columns: tuple[int, ...]
    name_title: str

    @property
    def promises_names(self) -> bool:
        """Whether that title says file name: under another one, what stands there must look like it."""
        return _usual(self.name_title)

    @property
    def titles(self) -> tuple[str, ...]:
        """What each column is for, in the order of the file."""
        by_place = dict(zip(self.columns, LABELS, strict=True)) | {self.name_column: "the file name"}
        return tuple(by_place[place] for place in range(len(by_place)))


def parse_header(words: list[str], number: int, name: str) -> Header:
    """The header in the words of line `number` of the file `name`.

    Raises:
        AttributeFileError: attributes are missing, twice or written otherwise, or there are further columns.
    """
    _check_writing(words, number, name)
    _check_attributes(words, number, name)
    others = [place for place, word in enumerate(words) if word not in LABELS]
    if len(others) > 1:
        raise _further([words[place] for place in others], number, name)
    if not others:  # the official file has no name for its first column
        words, others = ["", *words], [0]
    return Header(others[0], tuple(words.index(label) for label in LABELS), words[others[0]])


def check_width(header: Header, row: Sequence[str], number: int, name: str) -> None:
    """Refuse a column that was added where the file names have no title, as in the official file.

    Raises:
        AttributeFileError: the first row has a cell more than the header.
    """
    if len(row) == len(header.titles) + 1 and header.name_title and not header.promises_names:
        raise _further([USUAL_COLUMNS[0], header.name_title], number, name)


def _check_writing(words: list[str], number: int, name: str) -> None:
    """Refuse attributes that are there, between semicolons in another case or with spaces."""
    missing = [label for label in LABELS if label not in words]
    if not missing:
        return
    between = {part.strip(' "').casefold() for word in words if ";" in word for part in word.split(";")}
    if sum(label.casefold() in between for label in LABELS) > 1:
        raise AttributeFileError(
            f"{name} has its columns separated by semicolons: save it with commas, as list_attr_celeba.csv."
        )
    by_folded = {word.casefold().replace(" ", "_"): word for word in words}
    written = next((label for label in missing if label.casefold() in by_folded), None)
    if written:
        raise AttributeFileError(
            f"{name} calls a column in line {number} {by_folded[written.casefold()]!r} that is {written} in "
            "CelebA: write all attributes as CelebA does."
        )


def _check_attributes(words: list[str], number: int, name: str) -> None:
    missing = [label for label in LABELS if label not in words]
    if len(missing) == len(LABELS):
        raise AttributeFileError(
            f"{name} is not a CelebA attribute list: line {number} names none of the 40 attributes. "
            "Give CelebA's own list_attr_celeba.txt, or a CSV of it."
        )
    twice = next((label for label in LABELS if words.count(label) > 1), None)
    if twice:
        lacks = f", and lacks {', '.join(missing)}" if missing else ""
        raise AttributeFileError(
            f"{name} has the column {twice} twice in line {number}{lacks}: keep each attribute once."
        )
    if missing:
        raise AttributeFileError(
            f"{name} is not the whole CelebA attribute list: line {number} lacks {', '.join(missing)}."
        )


def _further(others: list[str], number: int, name: str) -> AttributeFileError:
    """What to say of columns beside the attributes, of which one at most holds the file names."""
    usual = next(filter(_usual, others), None)
    named = [repr(other) for other in others if other != usual]
    many = f"column{'s' if len(named) > 1 else ''} {', '.join(named)}"
    if usual is None:
        return AttributeFileError(
            f"{name} has the {many} beside the 40 attributes in line {number}: keep only the file name's."
        )
    index = any(other == "" or other.startswith("Unnamed:") for other in others)
    how = "write it with to_csv(index=False), since that is the index of pandas" if index else "take it out"
    return AttributeFileError(
        f"{name} has the {many} beside the file name and the 40 attributes in line {number}: {how}."
    )


def _usual(word: str) -> bool:
    return word.casefold() in USUAL_COLUMNS
