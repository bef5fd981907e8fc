"""Kernel inception distance: how far two sets of pictures lie apart, without bias for small sets.

Source: Binkowski et al., "Demystifying MMD GANs", ICLR 2018, section 4; here on our own features.
"""

import numpy as np


def kernel_distance(first: np.ndarray, second: np.ndarray) -> float:
    """Squared MMD of features (n, d) and (m, d) under the cubic kernel; unbiased, so it may fall below 0."""
    n, m = len(first), len(second)
    within_first, within_second = _kernel(first, first), _kernel(second, second)
    return float(
        (within_first.sum() - np.trace(within_first)) / (n * (n - 1))
        + (within_second.sum() - np.trace(within_second)) / (m * (m - 1))
        - 2 * _kernel(first, second).mean()
    )


def _kernel(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return (first.astype(np.float64) @ second.astype(np.float64).T / first.shape[1] + 1) ** 3
