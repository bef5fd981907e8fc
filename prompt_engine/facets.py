"""How many images match: all together, and with each further label."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from prompt_engine.attributes import LABELS

COLUMN = {label: place for place, label in enumerate(LABELS)}


@dataclass(frozen=True)
class MatchCount:
    """How many images match: exactly, or at most that many."""

    images: int
    exact: bool


@dataclass(frozen=True)
class Facets:
    """How many images match a query, and how many of them carry each of the 40 labels too."""

    images: MatchCount
    by_column: npt.NDArray[np.int64]  # (40,) in the order of LABELS
    exact: npt.NDArray[np.bool_]  # (40,)

    def with_label(self, label: str) -> MatchCount:
        """How many of the matching images carry a label."""
        column = COLUMN[label]
        return MatchCount(int(self.by_column[column]), bool(self.exact[column]))

    def without_label(self, label: str) -> MatchCount:
        """How many of the matching images lack a label."""
        carried = self.with_label(label)
        if self.images.exact and carried.exact:
            return MatchCount(self.images.images - carried.images, exact=True)
        return MatchCount(self.images.images, exact=self.images.exact and self.images.images == 0)
