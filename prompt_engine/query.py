"""A question about the images: which labels they carry and lack, and which images are asked about at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from prompt_engine.attributes import attribute
from prompt_engine.buckets import GENDERS
from prompt_engine.errors import InvalidSelection, UnknownName
from prompt_engine.selection import Selection

SPLITS = ("train", "validation", "test")  # in the order of the numbers in CelebA's list_eval_partition.txt
BLURRY = ("out", "in", "only")


@dataclass(frozen=True)
class Query:
    """Any of the 40 labels, wanted or unwanted, within some of the images.

    Blurry images are left out unless `blurry` lets them in or the label itself is asked for; with "only" the
    sharp ones are left out, whatever is asked for. `strict` leaves out the images whose labels contradict
    each other (`audit`).

    Raises:
        UnknownName: a gender, label, split or value of `blurry` that does not exist.
        InvalidSelection: a label on both sides.
    """

    gender: str | None = None
    wanted: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()
    split: str | None = None
    blurry: str = "out"
    strict: bool = False

    def __post_init__(self) -> None:
        for side in ("wanted", "unwanted"):
            object.__setattr__(self, side, _labels(side, getattr(self, side)))
        both = set(self.wanted) & set(self.unwanted)
        if both:
            raise InvalidSelection(f"{min(both)} is both wanted and unwanted: keep it on one side.")
        for kind, value, known in (
            ("gender", self.gender, GENDERS),
            ("split", self.split, SPLITS),
            ("value of blurry", self.blurry, BLURRY),
        ):
            if value not in (known if kind.endswith("blurry") else (None, *known)):
                raise UnknownName.of(kind, value, known)

    @classmethod
    def of(cls, selection: Selection, within: Query | None = None) -> Query:
        """The question that a selection asks, within the images that another question is about."""
        return replace(
            within or cls(),
            gender=selection.gender,
            wanted=selection.wanted,
            unwanted=selection.unwanted,
        )

    @property
    def blurred(self) -> tuple[bool, ...]:
        """Whether the images asked about are blurry: one answer, or both."""
        if self.blurry == "only":
            return (True,)
        asked = self.blurry == "in" or "Blurry" in (*self.wanted, *self.unwanted)
        return (False, True) if asked else (False,)

    @property
    def filtered(self) -> bool:
        """Whether it is about other images than all that are not blurry."""
        return self.split is not None or self.strict or self.blurred != (False,)


def _labels(side: str, labels: Iterable[str]) -> tuple[str, ...]:
    if isinstance(labels, str):
        raise InvalidSelection(
            f"{side} must be a list of attributes, not the text {labels!r}: write ({labels!r},)."
        )
    return tuple(dict.fromkeys(attribute(label).label for label in labels))
