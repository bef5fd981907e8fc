"""How near pictures come to the nearest training face, beside how near held-out faces come.

No measure finds all memorised pictures; this one finds copies, in the space of the features and in that of
the prompt engine's image hashes.
Source: Somepalli et al., "Diffusion Art or Digital Forgery?", CVPR 2023, for the comparison with real faces.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.evaluation.kid import pair_distances
from training.evaluation.observations import Observations

SHARE = 0.01  # of the held-out faces come nearer than the threshold
NEAREST = 5  # distances named
SPACES = {"features": "features", "hashes": "image hashes, bits of 256"}
_ROWS = 256  # compared at once


@dataclass(frozen=True)
class Distances:
    """Of every picture the distance to its nearest training face: (n,), of held-out faces (m,)."""

    pictures: np.ndarray
    real: np.ndarray

    @property
    def threshold(self) -> float:
        """What SHARE of the held-out faces come nearer than, or less."""
        return float(np.quantile(self.real, SHARE, method="lower"))

    @property
    def nearer(self) -> np.ndarray:
        """Which pictures come nearer than that: (n,) bool."""
        return self.pictures < self.threshold


def nearest_distances(space: str, some: Observations, training: Observations) -> np.ndarray:
    """The distance of each picture to the nearest training face in one of SPACES: (n,) float64."""
    starts = range(0, len(some), _ROWS)
    parts = [some.of(slice(start, start + _ROWS)) for start in starts]
    if space == "features":
        return np.concatenate(
            [pair_distances(part.features, training.features).min(axis=1) for part in parts]
        )
    return np.array([_bits(each, training.hashes).min() for each in some.hashes], dtype=np.float64)


def smallest(distances: np.ndarray) -> tuple[float, ...]:
    """The smallest few, ascending."""
    return tuple(np.sort(distances)[:NEAREST].tolist())


def _bits(one: np.ndarray, many: np.ndarray) -> np.ndarray:
    return np.bitwise_count(many ^ one).sum(axis=1)
