"""Shares of what was asked for, with Wilson's interval, also where a picture is asked for several things."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from generation.evaluation.report import Figure
from training.evaluation.intervals import CONFIDENCE, Sampled


def sampled_share(
    hits: np.ndarray, asked: np.ndarray, weights: np.ndarray, whose: np.ndarray | None = None
) -> Sampled:
    """The share of what was asked that was hit, from counts a prompt, both (n,); asked somewhere.

    `whose`: (n,) the picture that answers each prompt, None where every prompt has its own.
    """
    drawn = weights @ asked
    shares = np.where(drawn > 0, weights @ hits / np.maximum(drawn, 1), np.nan)
    share = float(hits.sum() / asked.sum())
    if whose is not None:
        hits, asked = (np.bincount(whose, each) for each in (hits, asked))
    level = wilson(share, independent(hits, asked))
    return Sampled(share, np.where(np.isnan(shares), share, shares), len(asked), level)


def wilson(share: float, total: float) -> Figure:
    """A share of `total` with Wilson's interval.

    Source: Wilson, Journal of the American Statistical Association 22, 1927.
    """
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    weight = 1 + z * z / total
    centre = (share + z * z / (2 * total)) / weight
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total**2)) / weight
    # At none and at all the end of the interval is the share itself, but for its last bit.
    return Figure(share, max(0.0, min(share, centre - spread)), min(1.0, max(share, centre + spread)))


def independent(hits: np.ndarray, asked: np.ndarray) -> float:
    """How many independent answers those of the pictures are worth: all that were asked for, or fewer.

    Who misses one attribute of a picture is likelier to miss its others. Where all or none are hit, how far
    they go together cannot be known, and every picture counts once.
    Source: Kish, Survey Sampling, 1965, on the design effect; Dean and Pagano, Journal of Survey Statistics
    and Methodology 3, 2015, on Wilson's interval with it.
    """
    total, share = float(asked.sum()), float(hits.sum() / asked.sum())
    apart = float(((hits - share * asked) ** 2).sum())
    if apart == 0:
        return float((asked > 0).sum())
    return min(total, share * (1 - share) * total**2 / apart)
