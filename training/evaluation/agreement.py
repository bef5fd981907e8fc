"""Whether the attributes that were asked for are seen, and not seen where they were not asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from prompt_engine.buckets import offered
from prompt_engine.selection import Selection
from training.evaluation.intervals import Sampled, mean_of
from training.evaluation.shares import sampled_share

GENDER = "Male"
LEAST_ASKED = 5  # balanced figures of an attribute need as many prompts with it, and as many without


@dataclass(frozen=True)
class Asked:
    """What n prompts ask for, label by label: `wanted`, `unwanted` and, of what the gender is offered,
    `unnamed`; each (n, labels) bool. `labels` are those that can be judged; the gender is among them.

    `whose`: (n,) the picture that answers each prompt; the same one may answer several.
    """

    labels: tuple[str, ...]
    wanted: np.ndarray
    unwanted: np.ndarray
    unnamed: np.ndarray
    whose: np.ndarray

    @classmethod
    def of(cls, selections: Sequence[Selection], outputs: Sequence[str]) -> Asked:
        """What selections ask of a classifier's outputs."""
        asked = {label for each in selections for label in (*each.wanted, *each.unwanted)}
        labels = tuple(label for label in outputs if label in asked or label == GENDER)
        return cls(
            labels,
            _table(selections, labels, lambda each, label: label in each.labels),
            _table(selections, labels, lambda each, label: label in each.unwanted),
            _table(selections, labels, _unnamed),
            np.arange(len(selections)),
        )

    def place(self, label: str) -> int:
        """The column of a label."""
        return self.labels.index(label)

    def of_portraits(self, rows: np.ndarray) -> Asked:
        """The same of some of the prompts."""
        tables = (each[rows] for each in (self.wanted, self.unwanted, self.unnamed, self.whose))
        return Asked(self.labels, *tables)


def seen_share(asked: Asked, seen: np.ndarray, columns: Sequence[int], weights: np.ndarray) -> Sampled | None:
    """The share of the wanted attributes that are seen, over all prompts; None where none is wanted."""
    wanted = asked.wanted[:, columns].sum(axis=1).astype(float)
    if not wanted.any():
        return None
    hits = (asked.wanted & seen)[:, columns].sum(axis=1).astype(float)
    return sampled_share(hits, wanted, weights, asked.whose)


def complete(asked: Asked, seen: np.ndarray, columns: Sequence[int]) -> np.ndarray:
    """Which portraits show all that was asked for, the gender too: (n,) bool."""
    gender = asked.place(GENDER)
    wrong = (asked.wanted & ~seen) | (asked.unwanted & seen)
    return ~wrong[:, list(columns)].any(axis=1) & (asked.wanted[:, gender] == seen[:, gender])


def balanced(asked: Asked, seen: np.ndarray, column: int, weights: np.ndarray) -> Sampled | None:
    """The mean of the share seen where it was asked for and the share not seen where it was not.

    None where there are too few prompts of either kind.
    """
    wanted = asked.wanted[:, column].astype(float)
    absent = (asked.unnamed | asked.unwanted)[:, column].astype(float)
    if min(wanted.sum(), absent.sum()) < LEAST_ASKED:
        return None
    hits = sampled_share(wanted * seen[:, column], wanted, weights, asked.whose)
    spared = sampled_share(absent * ~seen[:, column], absent, weights, asked.whose)
    return mean_of([hits, spared])


def mean_balanced(
    asked: Asked, seen: np.ndarray, columns: Sequence[int], weights: np.ndarray
) -> Sampled | None:
    """The mean of the balanced figures of attributes, each counting alike; None where none has one."""
    found = [each for column in columns if (each := balanced(asked, seen, column, weights))]
    return mean_of(found) if found else None


def complete_share(asked: Asked, seen: np.ndarray, columns: Sequence[int], weights: np.ndarray) -> Sampled:
    """The share of `complete` portraits."""
    hits = complete(asked, seen, columns).astype(float)
    return sampled_share(hits, np.ones(len(hits)), weights, asked.whose)


def gender_share(asked: Asked, seen: np.ndarray, weights: np.ndarray) -> Sampled:
    """The share of the portraits of the gender that was asked for."""
    place = asked.place(GENDER)
    hits = (asked.wanted[:, place] == seen[:, place]).astype(float)
    return sampled_share(hits, np.ones(len(hits)), weights, asked.whose)


def _table(
    selections: Sequence[Selection], labels: Sequence[str], test: Callable[[Selection, str], bool]
) -> np.ndarray:
    rows = [[test(each, label) for label in labels] for each in selections]
    return np.array(rows, dtype=bool).reshape(len(selections), len(labels))


def _unnamed(selection: Selection, label: str) -> bool:
    # Every prompt names the gender: who is not asked to be a man is asked to be a woman.
    can_be = label in _offered(selection.gender) or label == GENDER
    return can_be and label not in selection.labels and label not in selection.unwanted


@cache
def _offered(gender: str) -> frozenset[str]:
    return frozenset(offered(gender))
