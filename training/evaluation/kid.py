"""Kernel distance (KID) and diversity: means over pairs of pictures, without bias for small sets.

Source: Binkowski et al., "Demystifying MMD GANs", ICLR 2018, section 4; here on any features.
"""

import numpy as np

from training.evaluation.intervals import Sampled


def kernel_distance(
    pictures: np.ndarray, real: np.ndarray, weights: np.ndarray, real_weights: np.ndarray
) -> Sampled:
    """Squared MMD of features (n, d) and (m, d) under the cubic kernel; unbiased, so it may fall below 0.

    The weights are `resamples` of the pictures, (draws, n) and (draws, m).
    """
    within = mean_over_pairs(_kernel(pictures, pictures), weights)
    within_real = mean_over_pairs(_kernel(real, real), real_weights)
    between = _kernel(pictures, real)
    drawn = np.einsum("bn,bn->b", weights @ between, real_weights)
    drawn /= weights.sum(axis=1) * real_weights.sum(axis=1)
    return Sampled(
        within.value + within_real.value - 2 * float(between.mean()),
        within.draws + within_real.draws - 2 * drawn,
        min(within.count, within_real.count),
    )


def spread_of(features: np.ndarray, weights: np.ndarray) -> Sampled:
    """The mean distance of two different pictures' features (n, d)."""
    return mean_over_pairs(pair_distances(features, features), weights)


def pair_distances(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The Euclidean distances of all pairs of (n, d) and (m, d): (n, m) float64."""
    first, second = first.astype(np.float64), second.astype(np.float64)
    squares = (first**2).sum(axis=1)[:, None] + (second**2).sum(axis=1) - 2 * first @ second.T
    return np.sqrt(np.maximum(squares, 0))


def mean_over_pairs(values: np.ndarray, weights: np.ndarray) -> Sampled:
    """The mean of a symmetric (n, n) over pairs that are not one picture, also where it is drawn twice."""
    apart = values - np.diag(np.diag(values))
    count = len(values)
    sums = np.einsum("bn,bn->b", weights @ apart, weights)
    pairs = weights.sum(axis=1) ** 2 - (weights**2).sum(axis=1)
    value = float(apart.sum() / (count * (count - 1)))
    # Of very few pictures a resample may be one picture alone, which is no pair.
    return Sampled(value, np.where(pairs > 0, sums / np.maximum(pairs, 1), value), count)


def _kernel(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return (first.astype(np.float64) @ second.astype(np.float64).T / first.shape[1] + 1) ** 3
