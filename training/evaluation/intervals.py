"""95 % intervals: Wilson's of a share, and by resampling of anything else.

One set of draws is shared by both arms, whose portraits come from the same prompts and noise: what is common
to both then cancels in their difference and in their ratio.
Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapters 8 and 13.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from generation.evaluation_report import Figure

CONFIDENCE = 0.95
RESAMPLES = 1000


@dataclass(frozen=True)
class Sampled:
    """A value, and what it was in every resample of the pictures: (resamples,) float64.

    `level`: its interval where that is known without resampling.
    """

    value: float
    draws: np.ndarray
    level: Figure | None = None

    def figure(self, low: float = -math.inf, high: float = math.inf) -> Figure:
        """The value with its interval, which is kept within `low` and `high`.

        The draws are moved so that their mean is the value: resampling makes some quantities, such as the
        Fréchet distance, larger than they are, and that would count twice.
        """
        if self.level:
            return self.level
        moved = self.draws - self.draws.mean() + self.value
        ends = np.quantile(moved, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
        return Figure(self.value, *(float(np.clip(each, low, high)) for each in ends))

    def minus(self, other: Sampled) -> Sampled:
        """The difference, draw by draw."""
        return Sampled(self.value - other.value, self.draws - other.draws)

    def over(self, other: Sampled) -> Sampled | None:
        """The ratio, draw by draw; None where what is below may be 0."""
        if other.value <= 0 or np.quantile(other.draws, (1 - CONFIDENCE) / 2) <= 0:
            return None
        # A single draw near 0 would decide the mean.
        return Sampled(self.value / other.value, self.draws / np.maximum(other.draws, 1e-3 * other.value))


def resamples(count: int, seed: int, draws: int = RESAMPLES) -> np.ndarray:
    """How often each of `count` pictures is drawn, with replacement: (draws, count) float64."""
    rng = np.random.default_rng((seed, count, 40))
    return rng.multinomial(count, np.full(count, 1 / count), size=draws).astype(np.float64)


def sampled_mean(values: np.ndarray, weights: np.ndarray) -> Sampled:
    """The mean of values (n,) under weights (draws, n)."""
    return Sampled(float(values.mean()), weights @ values / weights.sum(axis=1))


def sampled_share(hits: np.ndarray, asked: np.ndarray, weights: np.ndarray) -> Sampled:
    """The share of what was asked that was hit, from counts a picture, both (n,); asked somewhere.

    Its interval is Wilson's: where all are hit, resampling would find no doubt at all.
    """
    drawn = weights @ asked
    shares = np.where(drawn > 0, weights @ hits / np.maximum(drawn, 1), np.nan)
    level = wilson(round(hits.sum()), round(asked.sum()))
    return Sampled(level.value, np.where(np.isnan(shares), level.value, shares), level)


def wilson(right: int, total: int) -> Figure:
    """A share with Wilson's interval.

    Source: Wilson, Journal of the American Statistical Association 22, 1927.
    """
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    share, weight = right / total, 1 + z * z / total
    centre = (share + z * z / (2 * total)) / weight
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total**2)) / weight
    # At none and at all the end of the interval is the share itself, but for its last bit.
    return Figure(share, max(0.0, min(share, centre - spread)), min(1.0, max(share, centre + spread)))
