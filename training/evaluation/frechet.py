"""Fréchet distance: how far two sets of pictures lie apart, taken for Gaussians of their features.

It is biased: too large, and more so for fewer pictures, so only figures of equal numbers can be compared.
Source: Heusel et al., "GANs Trained by a Two Time-Scale Update Rule", NeurIPS 2017; on the bias Chong and
Forsyth, "Effectively Unbiased FID and Inception Score", CVPR 2020.
"""

import numpy as np

from training.evaluation.intervals import Sampled

DRAWS = 200  # each takes a decomposition: fewer than of other quantities


def frechet_distance(
    pictures: np.ndarray, real: np.ndarray, weights: np.ndarray, real_weights: np.ndarray
) -> Sampled:
    """The squared Fréchet distance of features (n, d) and (m, d), also in the first DRAWS resamples."""
    pairs = zip(weights[:DRAWS], real_weights[:DRAWS], strict=True)
    draws = [_distance(_drawn(pictures, some), _drawn(real, others)) for some, others in pairs]
    value = _distance(pictures.astype(np.float64), real.astype(np.float64))
    return Sampled(value, np.array(draws), min(len(pictures), len(real)))


def _drawn(features: np.ndarray, times: np.ndarray) -> np.ndarray:
    return np.repeat(features, times.astype(np.int64), axis=0).astype(np.float64)


def _distance(first: np.ndarray, second: np.ndarray) -> float:
    one, other = _root(first), _root(second)
    apart = ((first.mean(axis=0) - second.mean(axis=0)) ** 2).sum()
    # The trace of the root of A'AB'B is the sum of the singular values of AB', for any A and B.
    common = np.linalg.svd(one @ other.T, compute_uv=False).sum()
    return float(apart + (one**2).sum() + (other**2).sum() - 2 * common)


def _root(features: np.ndarray) -> np.ndarray:
    """A matrix A of at most d rows, so that A'A is the covariance."""
    centred = (features - features.mean(axis=0)) / np.sqrt(len(features) - 1)
    return np.asarray(np.linalg.qr(centred, mode="r")) if len(centred) > centred.shape[1] else centred
