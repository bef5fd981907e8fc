"""Which faces of a source are meant: a split, a range of image numbers, with or without blurry ones."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from prompt_engine.faces import Face, FaceSource
from prompt_engine.query import BLURRY, Query
from training.errors import DataError

Numbers = tuple[int, int]
_RANGE = re.compile(r"(\d{1,9})-(\d{1,9})")


@dataclass(frozen=True)
class Choice:
    """Which faces: an image's number is its row in the attribute list, from 1; None for all."""

    split: str | None = None
    numbers: Numbers | None = None
    blurry: str = "out"
    count: int | None = None


@dataclass(frozen=True)
class FaceSet:
    """Some faces of a source, by their ids, and which they are in words; `said` where no choice tells it."""

    source: FaceSource
    ids: tuple[int, ...]
    choice: Choice
    said: str | None = None

    @property
    def words(self) -> str:
        """Such as "images 1 to 1,600, not blurry"."""
        if self.said:
            return self.said
        choice = self.choice
        numbers = choice.numbers or (self.ids[0] + 1, self.ids[-1] + 1)
        blurry = {"out": ", not blurry", "in": "", "only": ", blurry only"}[choice.blurry]
        split = f" of the split {choice.split}" if choice.split else ""
        return f"images {numbers[0]:,} to {numbers[1]:,}{split}{'' if self.source.drawn else blurry}"

    def faces(self) -> Iterator[Face]:
        """The faces one by one, so that memory does not grow with their number."""
        return (self.source.face(each) for each in self.ids)

    def labels(self) -> list[frozenset[str]]:
        """Their labels, without their images."""
        return [self.source.labels(each) for each in self.ids]


def choose_faces(source: FaceSource, choice: Choice) -> FaceSet:
    """The faces that a choice means, in the order of the source.

    Raises:
        DataError: there is none, or the source cannot tell the split.
    """
    if choice.split and not source.splittable:
        raise DataError(
            f"{source.title} does not tell which images are for {choice.split}: "
            "say which are meant with --images A-B"
        )
    # What drawn people are asked is about counts of CelebA: all of them are sharp, and in no split.
    query = None if source.drawn else Query(split=choice.split, blurry=choice.blurry)
    low, high = choice.numbers or (1, 10**9)
    found = tuple(islice((each for each in source.ids(query) if low <= each + 1 <= high), choice.count))
    if not found:
        raise DataError(
            f"{source.title} has no image from {low:,} to {high:,} that can be shown: choose others"
        )
    return FaceSet(source, found, choice)


def image_numbers(text: str) -> Numbers:
    """The type of an argument such as 1-1600, both ends included."""
    found = _RANGE.fullmatch(text.replace(",", ""))
    if not found or not 1 <= int(found[1]) <= int(found[2]):
        raise argparse.ArgumentTypeError(f"{text!r} is no range of image numbers: write such as 1-1600")
    return int(found[1]), int(found[2])


def add_choice_arguments(parser: argparse.ArgumentParser, whose: str, default_split: str) -> None:
    """`--faces`, `--split`, `--images`, `--blurry`."""
    parser.add_argument(
        "--faces",
        default="drawn",
        metavar="SPEC",
        help=f"{whose}: folder:PATH, hub:OWNER/NAME or drawn (default)",
    )
    parser.add_argument(
        "--split",
        choices=("train", "validation", "test", "all"),
        help=f"images of this split ({default_split}; all, where --images is given)",
    )
    parser.add_argument(
        "--images", type=image_numbers, metavar="A-B", help="images of these numbers, from 1 in CelebA's list"
    )
    parser.add_argument(
        "--blurry", choices=BLURRY, default="out", help="whether blurry images are among them (out)"
    )


def refuse_choice(arguments: argparse.Namespace) -> None:
    """Refuse what chooses among real faces where people are drawn anew.

    Raises:
        DataError: something is asked for that drawn people do not have.
    """
    chosen = (("split", arguments.split), ("images", arguments.images), ("blurry", arguments.blurry != "out"))
    for option, given in chosen:
        if given:
            raise DataError(
                f"--{option} chooses among real faces, and --faces is {arguments.faces}: name them, such as "
                "--faces folder:PATH."
            )


def choice_of(arguments: argparse.Namespace, default_split: str, drawn: bool) -> Choice:
    """The choice that the arguments make; drawn faces have no split."""
    split = arguments.split or ("all" if arguments.images or drawn else default_split)
    return Choice(None if split == "all" else split, arguments.images, arguments.blurry)
