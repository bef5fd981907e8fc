"""What a visitor chose: a gender, attributes to have and attributes not to have."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass

from prompt_engine.buckets import bucket_of, buckets
from prompt_engine.errors import InvalidSelection


@dataclass(frozen=True)
class Selection:
    """A valid choice; attributes are kept in bucket order, so equal choices are equal values.

    Raises:
        UnknownName: a gender or attribute that does not exist.
        InvalidSelection: attributes that do not go with the gender or with each other.
    """

    gender: str
    wanted: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("wanted", "unwanted"):
            object.__setattr__(self, name, _ordered(self.gender, name, getattr(self, name)))
        _check_not_both(self.wanted, self.unwanted)
        _check_buckets(self.gender, self.wanted)

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
    labels = tuple(labels)
    for label in labels:
        bucket_of(gender, label)
    if len(set(labels)) < len(labels):
        twice = next(label for label in labels if labels.count(label) > 1)
        raise InvalidSelection(f"{twice} is chosen twice: keep it once.")
    return tuple(label for each in buckets(gender) for label in each.attributes if label in labels)


def _check_not_both(wanted: tuple[str, ...], unwanted: tuple[str, ...]) -> None:
    for label in wanted:
        if label in unwanted:
            raise InvalidSelection(f"{label} is both wanted and unwanted: keep it on one side.")


def _check_buckets(gender: str, wanted: tuple[str, ...]) -> None:
    for each in buckets(gender):
        chosen = [label for label in wanted if label in each.attributes]
        if len(chosen) > 1 and not each.repeatable:
            raise InvalidSelection(
                f"{' and '.join(chosen)} are both in the bucket {each.title!r}: choose one of them."
            )
