"""Intervals: resampled ones that hold the truth, and both arms drawn alike."""

from statistics import NormalDist

import numpy as np
import pytest

from training.evaluation.intervals import Sampled, mean_of, resamples, sampled_mean, tail_share


def test_the_interval_of_a_mean_holds_it_about_as_often_as_it_says() -> None:
    held = 0
    for seed in range(200):
        values = np.random.default_rng(seed).exponential(1.0, 60)
        figure = sampled_mean(values, resamples(60, seed, 300)).figure()
        held += figure.low <= 1.0 <= figure.high
    assert held >= 175  # of 200; 95 % would be 190, and a skewed mean of 60 is held a little less often


@pytest.mark.parametrize(("count", "least"), [(6, 270), (12, 282)])
def test_of_few_pictures_too(count: int, least: int) -> None:
    held = 0
    for seed in range(300):
        values = np.random.default_rng(seed).normal(1.0, 1.0, count)
        figure = sampled_mean(values, resamples(count, seed, 400)).figure()
        held += figure.low <= 1.0 <= figure.high
    assert held >= least  # of 300; with 2.5 % on either side it would be 258 for 6 and 279 for 12


@pytest.mark.parametrize(("count", "quantile"), [(5, 2.776), (10, 2.262), (31, 2.042), (100_001, 1.960)])
def test_the_ends_lie_where_students_t_says(count: int, quantile: float) -> None:
    wide = -NormalDist().inv_cdf(tail_share(count))
    assert wide / (count / (count - 1)) ** 0.5 == pytest.approx(quantile, rel=4e-3)


def test_a_mean_of_quantities_is_drawn_as_they_are() -> None:
    weights = resamples(30, 1)
    some = [sampled_mean(np.arange(30.0) * times, weights) for times in (1, 3)]
    found, direct = mean_of(some), sampled_mean(np.arange(30.0) * 2, weights)
    np.testing.assert_allclose(found.draws, direct.draws)
    assert found.value == direct.value


def test_of_two_arms_that_are_one_the_ratio_is_1_and_the_difference_0() -> None:
    arm = sampled_mean(np.arange(1.0, 31.0), resamples(30, 1))
    ratio, difference = arm.over(arm), arm.minus(arm).figure()
    assert ratio is not None
    assert (difference.value, difference.low, difference.high) == (0, 0, 0)
    assert (ratio.figure().low, ratio.figure().high) == pytest.approx((1, 1))


def test_what_both_arms_share_cancels_in_their_difference() -> None:
    rng = np.random.default_rng(1)
    common, weights = rng.normal(0, 10, 50), resamples(50, 1)
    vanilla = sampled_mean(common, weights)
    tuned = sampled_mean(common + 1 + rng.normal(0, 0.1, 50), weights)
    difference, level = tuned.minus(vanilla).figure(), vanilla.figure()
    assert difference.high - difference.low < 0.1 < level.high - level.low


def test_there_is_no_ratio_to_what_may_be_nothing() -> None:
    draws = np.linspace(-1, 3, 100)
    assert Sampled(1.0, draws, 9).over(Sampled(1.0, draws, 9)) is None


def test_one_seed_draws_the_same_pictures() -> None:
    np.testing.assert_array_equal(resamples(9, 4, 5), resamples(9, 4, 5))
    assert (resamples(9, 4, 5) != resamples(9, 5, 5)).any()
    assert (resamples(9, 4, 5).sum(axis=1) == 9).all()
