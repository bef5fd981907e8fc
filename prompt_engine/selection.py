"""What a visitor chose: a gender, attributes to have and attributes not to have."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass

from prompt_engine.attributes import attribute
from prompt_engine.buckets import bucket_of, in_order
from prompt_engine.conflicts import hard_conflict
from prompt_engine.errors import InvalidSelection

MOST_ATTRIBUTES = 6  # wanted and unwanted together: every sentence about so many fits a text encoder


@dataclass(frozen=True)
class Selection:
    """A valid choice; attributes are kept in bucket order, so equal choices are equal values.

    It may answer one bucket several times (`crowded` says where), as long as a face can have it all.

    Raises:
        UnknownName: a gender or attribute that does not exist.
        InvalidSelection: more than MOST_ATTRIBUTES, or attributes that do not go with the gender or with
            each other.
    """

    gender: str
    wanted: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("wanted", "unwanted"):
            object.__setattr__(self, name, _ordered(self.gender, name, getattr(self, name)))
        _check_not_both(self.wanted, self.unwanted)
        _check_conflicts(self.wanted)
        _check_number(self.wanted + self.unwanted)

    @property
    def crowded(self) -> tuple[tuple[str, ...], ...]:
        """The wanted attributes that answer one exclusive bucket together: an unusual choice."""
        by_bucket: dict[str, list[str]] = {}
        for label in self.wanted:
            bucket = bucket_of(self.gender, label)
            if not bucket.repeatable:
                by_bucket.setdefault(bucket.name, []).append(label)
        return tuple(tuple(labels) for labels in by_bucket.values() if len(labels) > 1)

    @property
    def labels(self) -> frozenset[str]:
        """The CelebA labels that a matching face carries: the wanted ones, and `Male` for a man."""
        return frozenset(self.wanted) | ({"Male"} if self.gender == "male" else frozenset())

    def matches(self, labels: Set[str]) -> bool:
        """Whether a face with exactly these CelebA labels is one that was asked for."""
        is_male = "Male" in labels
        return (
            is_male == (self.gender == "male") and self.labels <= labels and labels.isdisjoint(self.unwanted)
        )


def _ordered(gender: str, field: str, labels: Iterable[str]) -> tuple[str, ...]:
    if isinstance(labels, str):
        raise InvalidSelection(
            f"{field} must be a list of attributes, not the text {labels!r}: write ({labels!r},)."
        )
    ordered = in_order(gender, tuple(labels))
    if len(set(ordered)) < len(ordered):
        twice = next(label for label in ordered if ordered.count(label) > 1)
        raise InvalidSelection(f"{twice} is chosen twice: keep it once.")
    return ordered


def _check_not_both(wanted: tuple[str, ...], unwanted: tuple[str, ...]) -> None:
    for label in wanted:
        if label in unwanted:
            raise InvalidSelection(f"{label} is both wanted and unwanted: keep it on one side.")


def _check_conflicts(wanted: tuple[str, ...]) -> None:
    conflict = hard_conflict(wanted)
    if conflict:
        both = " and ".join(map(_named, conflict))
        raise InvalidSelection(f"{both} exclude each other: choose one of them.")


def _named(label: str) -> str:
    """Its title, with the label where that is another word: `Clean-shaven (No_Beard)`."""
    title = attribute(label).title
    return title if title.casefold() == label.replace("_", " ").casefold() else f"{title} ({label})"


def _check_number(named: tuple[str, ...]) -> None:
    if len(named) > MOST_ATTRIBUTES:
        raise InvalidSelection(
            f"{len(named)} attributes are chosen, wanted and unwanted together: "
            f"keep {MOST_ATTRIBUTES} or fewer."
        )
