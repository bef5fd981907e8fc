"""The distance between two sets of pictures: none for one set cut in two, growing as they move apart."""

import numpy as np
import pytest

from training.evaluation.kid import kernel_distance


def features(count: int, shift: float, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(shift, 1.0, (count, 32)).astype(np.float32)


def test_two_samples_of_one_distribution_are_no_distance_apart() -> None:
    distances = [kernel_distance(features(300, 0, seed), features(300, 0, seed + 100)) for seed in range(10)]
    assert abs(np.mean(distances)) < 0.05


def test_the_distance_grows_with_the_shift() -> None:
    reference = features(300, 0, 1)
    near, far = (kernel_distance(features(300, shift, 2), reference) for shift in (0.3, 1.0))
    assert 0.05 < near < far


def test_it_is_the_mean_over_pairs_that_are_not_the_same_picture() -> None:
    first, second = features(3, 0, 1), features(2, 1, 2)

    def kernel(x: np.ndarray, y: np.ndarray) -> float:
        return float((x.astype(float) @ y.astype(float) / 32 + 1) ** 3)

    within_first = np.mean([kernel(first[i], first[j]) for i in range(3) for j in range(3) if i != j])
    within_second = kernel(second[0], second[1])
    between = np.mean([kernel(x, y) for x in first for y in second])
    expected = within_first + within_second - 2 * between
    assert kernel_distance(first, second) == pytest.approx(expected)
