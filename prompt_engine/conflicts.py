"""Which attributes no face can have together, whatever the labels of some images say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

# In CelebA each of these pairs is at least five times rarer than chance would make it, for whoever can be
# asked for both: what is left are mislabelled images. Pairs that are merely rare (`relations`) can be asked
# for, with a warning.
_NEVER_TOGETHER: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Bald", ("Bangs", "Straight_Hair", "Wavy_Hair")),
    ("Bangs", ("Receding_Hairline",)),
    ("Straight_Hair", ("Wavy_Hair",)),
    ("Black_Hair", ("Blond_Hair", "Gray_Hair")),
    ("Brown_Hair", ("Gray_Hair",)),
    ("No_Beard", ("Goatee", "Mustache", "Sideburns")),
)

HARD_CONFLICTS: frozenset[frozenset[str]] = frozenset(
    frozenset((label, other)) for label, others in _NEVER_TOGETHER for other in others
)
_RIVALS: Mapping[str, frozenset[str]] = {
    label: frozenset().union(*(pair for pair in HARD_CONFLICTS if label in pair)) - {label}
    for label in frozenset().union(*HARD_CONFLICTS)
}


def hard_conflict(wanted: Sequence[str]) -> tuple[str, str] | None:
    """The first two of `wanted` that exclude each other; None where all go together."""
    for place, label in enumerate(wanted):
        if label in _RIVALS:
            rival = next((other for other in wanted[place + 1 :] if other in _RIVALS[label]), None)
            if rival:
                return label, rival
    return None


def compatible(label: str, wanted: Set[str]) -> bool:
    """Whether an attribute excludes none of those already wanted."""
    return _RIVALS.get(label, frozenset()).isdisjoint(wanted)
