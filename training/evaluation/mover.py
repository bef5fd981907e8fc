"""Intervals of sums and of ratios, out of the intervals of what they are made of (MOVER).

For shares, of which resampling finds no doubt where all pictures agree. Correlations are those of the parts'
own estimates; the ends lie as far off as the parts' ends would, were all as unlucky together.
Source: Newcombe, Statistics in Medicine 17, 1998, pages 2635-2650, for the difference of paired shares; Zou,
Huang and Zhang, Computational Statistics & Data Analysis 53, 2009, for sums; Donner and Zou, Statistical
Methods in Medical Research 21, 2012, for ratios.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from generation.evaluation.report import Figure


def sum_of(parts: Sequence[Figure], factors: Sequence[float], together: np.ndarray) -> Figure:
    """The sum of factor times part; `together`: the parts' correlations, (parts, parts)."""
    value = sum(factor * part.value for factor, part in zip(factors, parts, strict=True))
    below = np.array([f * (part.value - part.low) for f, part in zip(factors, parts, strict=True)])
    above = np.array([f * (part.high - part.value) for f, part in zip(factors, parts, strict=True)])
    positive = np.asarray(factors) > 0
    down, up = np.where(positive, below, above), np.where(positive, above, below)
    low, high = (math.sqrt(max(0.0, float(each @ together @ each))) for each in (down, up))
    return Figure(value, value - low, value + high)


def ratio_of(one: Figure, other: Figure, together: float) -> Figure | None:
    """The ratio of two parts of 0 and more; None where the one below may be 0 or twice as large as it is."""
    if other.low <= 0 or other.high >= 2 * other.value:
        return None
    low = _end(one.value, one.low, other.value, other.high, together, -1.0)
    high = _end(one.value, one.high, other.value, other.low, together, +1.0)
    value = one.value / other.value
    return Figure(value, min(value, low), max(value, high))


def _end(above: float, its: float, below: float, that: float, together: float, sign: float) -> float:
    """One end of the ratio, from the ends `its` and `that` of what stands above and below."""
    middle = above * below - together * (above - its) * (that - below)
    square, divisor = its * (2 * above - its), that * (2 * below - that)
    return (middle + sign * math.sqrt(max(0.0, middle**2 - square * divisor))) / divisor
