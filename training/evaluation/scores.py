"""How often a classifier is right of faces whose labels are known."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Score:
    """One output over faces it did not learn from: how many carry the label and how many do not, and how
    many of either it was right about.
    """

    positives: int
    negatives: int
    right_positives: int
    right_negatives: int

    @property
    def accuracy(self) -> float:
        """The share of all faces it is right about."""
        return (self.right_positives + self.right_negatives) / max(1, self.positives + self.negatives)

    @property
    def balanced_accuracy(self) -> float | None:
        """The mean of both shares: 0.5 for who always says the same; None where a side has no face."""
        if not self.positives or not self.negatives:
            return None
        return (self.right_positives / self.positives + self.right_negatives / self.negatives) / 2


def label_table(people: Sequence[Set[str]], outputs: Sequence[str]) -> np.ndarray:
    """Which face carries which label: (n, outputs) bool."""
    return np.array([[label in labels for label in outputs] for labels in people], dtype=bool)


def score_outputs(seen: np.ndarray, carried: np.ndarray, outputs: Sequence[str]) -> Mapping[str, Score]:
    """The score of every output, from what was seen and what is carried, both (n, outputs) bool."""
    counts = (carried, ~carried, carried & seen, ~carried & ~seen)
    columns = np.stack([each.sum(axis=0) for each in counts], axis=1)
    return {label: Score(*map(int, row)) for label, row in zip(outputs, columns, strict=True)}
