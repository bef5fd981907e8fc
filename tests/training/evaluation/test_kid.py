"""The kernel distance of two sets of pictures: what theory says of Gaussians, within its interval."""

import numpy as np
import pytest

from training.evaluation.intervals import Sampled, resamples
from training.evaluation.kid import kernel_distance, mean_over_pairs, pair_distances, spread_of

DIMENSIONS = 8


def features(count: int, shift: float, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(shift, 1.0, (count, DIMENSIONS)).astype(np.float32)


def distance(first: np.ndarray, second: np.ndarray, draws: int = 50) -> Sampled:
    return kernel_distance(first, second, resamples(len(first), 1, draws), resamples(len(second), 2, draws))


def expected_kernel(first: float, second: float) -> float:
    """E (x·y/d + 1)³ of x ~ N(first·1, I) and y ~ N(second·1, I): from the moments of x·y."""
    d = DIMENSIONS
    a, b, m = d * first**2, d * second**2, d * first * second
    second_moment = d + a + b + m**2
    third_moment = m**3 + 3 * m * a + 3 * m * (d + b + 2)
    return third_moment / d**3 + 3 * second_moment / d**2 + 3 * m / d + 1


def expected_distance(first: float, second: float) -> float:
    within = expected_kernel(first, first) + expected_kernel(second, second)
    return within - 2 * expected_kernel(first, second)


def test_of_gaussians_it_is_what_theory_says() -> None:
    found = [distance(features(200, 0, seed), features(200, 0.5, seed + 100), 1).value for seed in range(30)]
    assert np.mean(found) == pytest.approx(expected_distance(0, 0.5), rel=0.05)


def test_two_samples_of_one_distribution_are_no_distance_apart() -> None:
    found = [distance(features(100, 0, seed), features(100, 0, seed + 100), 1).value for seed in range(40)]
    assert abs(np.mean(found)) < 0.01


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    truth = expected_distance(0, 0.5)
    held = 0
    for seed in range(60):
        figure = distance(features(80, 0, seed), features(80, 0.5, seed + 100), 200).figure()
        held += figure.low <= truth <= figure.high
    assert held >= 52  # of 60; 95 % would be 57


def test_it_is_the_mean_over_pairs_that_are_not_the_same_picture() -> None:
    first, second = features(3, 0, 1), features(2, 1, 2)

    def kernel(x: np.ndarray, y: np.ndarray) -> float:
        return float((x.astype(float) @ y.astype(float) / DIMENSIONS + 1) ** 3)

    within_first = np.mean([kernel(first[i], first[j]) for i in range(3) for j in range(3) if i != j])
    within_second = kernel(second[0], second[1])
    between = np.mean([kernel(x, y) for x in first for y in second])
    assert distance(first, second).value == pytest.approx(within_first + within_second - 2 * between)


def test_a_picture_drawn_twice_is_no_pair_with_itself() -> None:
    distances = pair_distances(features(6, 0, 1), features(6, 0, 1))
    twice = np.array([[2.0, 2.0, 0.0, 0.0, 1.0, 1.0]])
    rows = [0, 0, 1, 1, 4, 5]
    pairs = [(a, b) for i, a in enumerate(rows) for j, b in enumerate(rows) if i != j and a != b]
    expected = np.mean([distances[a, b] for a, b in pairs])
    assert mean_over_pairs(distances, twice).draws[0] == pytest.approx(expected)


def test_pictures_further_apart_are_more_diverse() -> None:
    near = features(50, 0, 1)
    weights = resamples(50, 1, 20)
    assert spread_of(3 * near, weights).value == pytest.approx(3 * spread_of(near, weights).value)
