"""Intervals: Wilson's as tabulated, resampled ones that hold the truth, and both arms drawn alike."""

import numpy as np
import pytest

from training.evaluation.intervals import Sampled, resamples, sampled_mean, sampled_share, wilson


def test_a_share_has_wilsons_interval() -> None:
    few, many = wilson(9, 10), wilson(900, 1000)
    assert few.low < many.low < 0.9 < many.high < few.high
    tabulated = wilson(90, 100)
    assert (tabulated.low, tabulated.high) == pytest.approx((0.8256, 0.9448), abs=1e-3)


def test_a_share_of_all_or_none_is_still_uncertain() -> None:
    weights = resamples(20, 1)
    everything = sampled_share(np.ones(20), np.ones(20), weights).figure()
    assert everything.value == everything.high == 1
    assert everything.low < 0.9


def test_the_interval_of_a_mean_holds_it_about_as_often_as_it_says() -> None:
    held = 0
    for seed in range(200):
        values = np.random.default_rng(seed).exponential(1.0, 60)
        figure = sampled_mean(values, resamples(60, seed, 300)).figure()
        held += figure.low <= 1.0 <= figure.high
    assert held >= 175  # of 200; 95 % would be 190, and a skewed mean of 60 is held a little less often


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
    assert Sampled(1.0, draws).over(Sampled(1.0, draws)) is None


def test_one_seed_draws_the_same_pictures() -> None:
    np.testing.assert_array_equal(resamples(9, 4, 5), resamples(9, 4, 5))
    assert (resamples(9, 4, 5) != resamples(9, 5, 5)).any()
    assert (resamples(9, 4, 5).sum(axis=1) == 9).all()
