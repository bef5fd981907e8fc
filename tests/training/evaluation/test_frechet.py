"""The Fréchet distance: of Gaussians what its closed form says, and too large for few pictures."""

import numpy as np
import pytest

from training.evaluation.frechet import frechet_distance
from training.evaluation.intervals import resamples


def gaussian(count: int, shift: float, spread: float, seed: int, dimensions: int = 6) -> np.ndarray:
    return np.random.default_rng(seed).normal(shift, spread, (count, dimensions)).astype(np.float32)


def value(first: np.ndarray, second: np.ndarray) -> float:
    return frechet_distance(first, second, resamples(len(first), 1, 1), resamples(len(second), 2, 1)).value


def test_of_gaussians_it_is_the_closed_form() -> None:
    first, second = gaussian(20_000, 0, 1, 1), gaussian(20_000, 0.5, 2, 2)
    assert value(first, second) == pytest.approx(6 * 0.5**2 + 6 * (2 - 1) ** 2, rel=0.03)


def test_of_covariances_that_do_not_commute_too() -> None:
    rng = np.random.default_rng(3)
    mixes = [rng.normal(size=(4, 4)) for _ in range(2)]
    first, second = (rng.normal(size=(50_000, 4)) @ mix for mix in mixes)
    one, other = (mix.T @ mix for mix in mixes)
    roots = np.linalg.eigvals(one @ other)
    expected = np.trace(one) + np.trace(other) - 2 * np.sqrt(roots.real.clip(0)).sum()
    assert value(first, second) == pytest.approx(expected, rel=0.05)


def test_a_set_is_no_distance_from_itself() -> None:
    some = gaussian(30, 0, 1, 1, dimensions=50)  # fewer pictures than dimensions
    assert value(some, some) == pytest.approx(0, abs=1e-9)


def test_fewer_pictures_lie_further_apart() -> None:
    few, many = (value(gaussian(n, 0, 1, 1), gaussian(n, 0, 1, 2)) for n in (20, 2000))
    assert 0 < many < few


def test_the_interval_lies_around_the_value_although_resampling_enlarges_it() -> None:
    first, second = gaussian(60, 0, 1, 1), gaussian(60, 1, 1, 2)
    sampled = frechet_distance(first, second, resamples(60, 1), resamples(60, 2))
    assert sampled.draws.mean() > sampled.value
    figure = sampled.figure()
    assert figure.low < figure.value < figure.high
