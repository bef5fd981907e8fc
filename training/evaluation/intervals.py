"""95 % intervals: by resampling the pictures, but for shares, whose own rules need none.

One set of draws is shared by both arms, whose portraits come from the same prompts and noise: what is common
to both then cancels in their difference and in their ratio.
Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapters 8 and 13; for few pictures the
ends are moved outwards as in Hesterberg, "What Teachers Should Know About the Bootstrap", The American
Statistician 69, 2015, section 5.3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np

from generation.evaluation.report import Figure
from training.evaluation.mover import ratio_of, sum_of

CONFIDENCE = 0.95
RESAMPLES = 1000


@dataclass(frozen=True)
class Sampled:
    """A value, and what it was in every resample of `count` pictures: (resamples,) float64.

    `level`: its interval where that is known without resampling.
    """

    value: float
    draws: np.ndarray
    count: int
    level: Figure | None = None

    def figure(self, low: float = -math.inf, high: float = math.inf) -> Figure:
        """The value with its interval, which is kept within `low` and `high`.

        The draws are moved so that their mean is the value: resampling makes some quantities, such as the
        Fréchet distance, larger than they are, and that would count twice.
        """
        if self.level:
            return self.level
        moved = self.draws - self.draws.mean() + self.value
        tail = tail_share(self.count)
        ends = np.quantile(moved, [tail, 1 - tail])
        return Figure(self.value, *(float(np.clip(each, low, high)) for each in ends))

    def minus(self, other: Sampled) -> Sampled:
        """The difference, draw by draw."""
        return _summed([self, other], [1.0, -1.0])

    def over(self, other: Sampled) -> Sampled | None:
        """The ratio, draw by draw; None where what is below may be 0."""
        if other.value <= 0 or np.quantile(other.draws, (1 - CONFIDENCE) / 2) <= 0:
            return None
        # A single draw near 0 would decide the mean.
        draws = self.draws / np.maximum(other.draws, 1e-3 * other.value)
        ratio = Sampled(self.value / other.value, draws, min(self.count, other.count))
        if self.level is None or other.level is None:
            return ratio
        level = ratio_of(self.level, other.level, float(_together([self, other])[0, 1]))
        return replace(ratio, level=level) if level else None


def mean_of(some: Sequence[Sampled]) -> Sampled:
    """The mean of quantities of the same pictures, each counting alike."""
    return _summed(some, [1 / len(some)] * len(some))


def tail_share(count: int) -> float:
    """The share of the draws to leave out on either side: 2.5 %, and less where there are few pictures.

    As wide as Student's t asks for, and by how much too little resampling spreads the mean of few.
    """
    wide = _student(count - 1) * math.sqrt(count / (count - 1))
    return NormalDist().cdf(-wide)


def resamples(count: int, seed: int, draws: int = RESAMPLES) -> np.ndarray:
    """How often each of `count` pictures is drawn, with replacement: (draws, count) float64."""
    rng = np.random.default_rng((seed, count, 40))
    return rng.multinomial(count, np.full(count, 1 / count), size=draws).astype(np.float64)


def sampled_mean(values: np.ndarray, weights: np.ndarray) -> Sampled:
    """The mean of values (n,) under weights (draws, n)."""
    return Sampled(float(values.mean()), weights @ values / weights.sum(axis=1), len(values))


def _summed(some: Sequence[Sampled], factors: Sequence[float]) -> Sampled:
    pairs = list(zip(some, factors, strict=True))
    value = sum(factor * each.value for each, factor in pairs)
    draws = np.sum([factor * each.draws for each, factor in pairs], axis=0)
    levels = [each.level for each in some if each.level]
    level = sum_of(levels, factors, _together(some)) if len(levels) == len(some) else None
    return Sampled(value, draws, min(each.count for each in some), level)


def _together(some: Sequence[Sampled]) -> np.ndarray:
    """The correlations of the draws; 0 with draws that are all one, which tell nothing of it."""
    apart = np.stack([each.draws - each.draws.mean() for each in some])
    sizes = np.sqrt((apart**2).sum(axis=1))
    known = np.divide(apart, sizes[:, None], out=np.zeros_like(apart), where=sizes[:, None] > 1e-9)
    found = known @ known.T
    np.fill_diagonal(found, 1.0)
    return found


def _student(freedom: int) -> float:
    """The quantile of Student's t that leaves out what CONFIDENCE says, for four degrees of freedom and more.

    Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 1964, 26.7.5.
    """
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
    )
    return sum(term / freedom**power for power, term in enumerate(terms))
