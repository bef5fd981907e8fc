"""A population of drawn people whose labels follow the aggregate counts of CelebA.

Every person has a normal deviate for each label, correlated so that singles and pairs come out as counted,
and carries the label where the deviate passes its threshold (a dichotomised Gaussian).
Source: Macke et al., "Generating Spike Trains with Specified Correlation Coefficients", 2009.
"""

from itertools import combinations
from statistics import NormalDist

import numpy as np

from prompt_engine.attributes import LABELS
from prompt_engine.counts import AggregateCounts
from prompt_engine.faces.consistency import HAIR_COLOURS, consistent

NORMAL = NormalDist()
FREE = tuple(label for label in LABELS if label not in ("Male", "Blurry"))  # what varies within a gender
BATCH = 1000  # people drawn at once: a person depends on the seed and on this number
# Gauss-Legendre nodes and weights on [0, 1] for the correlation integral below.
NODES, WEIGHTS = (
    (part * 0.5 + shift) for part, shift in zip(np.polynomial.legendre.leggauss(24), (0.5, 0.0), strict=True)
)


class Population:
    """People by number; one person's labels are the same in every run and on every machine."""

    def __init__(self, counts: AggregateCounts, seed: int = 1) -> None:
        self._seed = seed
        sizes = {gender: by_labels[()] for gender, by_labels in counts.genders.items()}
        self._male_share = sizes["male"] / sum(sizes.values())
        self._models = {gender: _GenderModel(counts, gender) for gender in counts.genders}

    def batch(self, index: int) -> list[frozenset[str]]:
        """The labels of people index·BATCH up to (index + 1)·BATCH."""
        rng = np.random.default_rng((self._seed, index))
        male = rng.random(BATCH) < self._male_share
        deviates = rng.standard_normal((BATCH, len(FREE)))
        margins = np.where(
            male[:, None], self._models["male"].margins(deviates), self._models["female"].margins(deviates)
        )
        surest_first = np.argsort(-margins, axis=1, kind="stable")
        passed = (margins > 0).sum(axis=1)
        return [
            _labels(*each) for each in zip(surest_first.tolist(), passed.tolist(), male.tolist(), strict=True)
        ]


class _GenderModel:
    """Thresholds (k,) and a factor (k, k) of the correlations of the k free labels of one gender."""

    def __init__(self, counts: AggregateCounts, gender: str) -> None:
        by_columns = counts.genders[gender]
        columns = [LABELS.index(label) for label in FREE]
        singles = np.array([by_columns[(column,)] for column in columns]) / by_columns[()]
        self._thresholds = np.array([-NORMAL.inv_cdf(share) for share in singles.clip(1e-5, 1 - 1e-5)])
        pairs = list(combinations(range(len(FREE)), 2))
        together = np.array([by_columns[columns[i], columns[j]] for i, j in pairs]) / by_columns[()]
        first, second = np.array(pairs).T
        correlations = np.eye(len(FREE))
        solved = _correlation(
            self._thresholds[first], self._thresholds[second], together - singles[first] * singles[second]
        )
        correlations[first, second] = correlations[second, first] = solved
        values, vectors = np.linalg.eigh(correlations)
        # The symmetric root, the only one that does not depend on the signs a machine gives eigenvectors.
        factor = (vectors * np.sqrt(values.clip(1e-6, None))) @ vectors.T
        self._factor = factor / np.linalg.norm(factor, axis=1, keepdims=True)

    def margins(self, deviates: np.ndarray) -> np.ndarray:
        """(n, k) independent deviates → (n, k) by how much each label's threshold is passed."""
        # Machines differ by far less than 1e-8. In the drawn crowd no two margins of a person, and no margin
        # and 0, are nearer than 5e-8: so no machine's last bits decide a label there.
        return deviates @ self._factor.T - self._thresholds


def _correlation(h: np.ndarray, k: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """The correlations at which two normal deviates pass `h` and `k` together as often as counted.

    The covariance of the two labels is the integral of the bivariate density over the correlation
    (Plackett, 1954); it rises with the correlation, which is found by bisection.
    """
    low, high = np.full_like(h, -0.97), np.full_like(h, 0.97)
    for _ in range(30):
        middle = (low + high) / 2
        r = middle[:, None] * NODES
        spread = 1 - r**2
        density = np.exp(
            -(h[:, None] ** 2 - 2 * r * (h * k)[:, None] + k[:, None] ** 2) / (2 * spread)
        ) / np.sqrt(spread)
        reached = middle * (density @ WEIGHTS) / (2 * np.pi)
        low, high = np.where(reached < covariance, middle, low), np.where(reached < covariance, high, middle)
    return (low + high) / 2


def _labels(surest_first: list[int], passed: int, male: bool) -> frozenset[str]:
    """The first `passed` of the free labels; everybody with hair has it in a colour."""
    labels = [FREE[i] for i in surest_first[:passed]]
    if not any(label in HAIR_COLOURS for label in labels):
        labels.append(next(FREE[i] for i in surest_first if FREE[i] in HAIR_COLOURS))
    return consistent(["Male", *labels] if male else labels)
