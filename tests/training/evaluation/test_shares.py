"""Shares: intervals that hold the truth, of one arm, of both together, and where all portraits agree."""

import numpy as np
import pytest

from generation.evaluation.report import Figure
from training.evaluation.intervals import Sampled, mean_of, resamples
from training.evaluation.shares import independent, sampled_share, wilson


def share_of(hits: np.ndarray, seed: int = 1) -> Sampled:
    """One answer a picture."""
    return sampled_share(hits.astype(float), np.ones(len(hits)), resamples(len(hits), seed, 200))


def holds(figure: Figure, truth: float) -> bool:
    return figure.low <= truth <= figure.high


def test_a_share_has_wilsons_interval() -> None:
    few, many = wilson(0.9, 10), wilson(0.9, 1000)
    assert few.low < many.low < 0.9 < many.high < few.high
    tabulated = wilson(0.9, 100)
    assert (tabulated.low, tabulated.high) == pytest.approx((0.8256, 0.9448), abs=1e-3)
    assert share_of(np.arange(100) < 90).figure() == tabulated


@pytest.mark.parametrize("value", [0, 1])
def test_a_share_of_all_or_none_is_still_uncertain(value: int) -> None:
    figure = share_of(np.full(20, value)).figure()
    assert figure.value == value
    assert figure.high - figure.low == pytest.approx(0.161, abs=1e-3)


def test_so_is_the_difference_of_two_such_shares() -> None:
    every, none = share_of(np.ones(10)), share_of(np.zeros(10))
    change = none.minus(every).figure()
    assert change.value == change.low == -1
    # As far as both Wilson intervals are long, which is 0.278 each, at right angles.
    assert change.high == pytest.approx(-1 + 2**0.5 * 0.2775, abs=1e-3)
    alike = every.minus(every).figure()
    assert (alike.low, alike.high) == pytest.approx((-0.2775, 0.2775), abs=1e-3)


def test_the_difference_of_paired_shares_is_newcombes() -> None:
    both, one, other, neither = 20, 6, 2, 2
    first = np.repeat([1, 1, 0, 0], [both, one, other, neither])
    second = np.repeat([1, 0, 1, 0], [both, one, other, neither])
    weights = resamples(30, 1, 20_000)
    shares = [sampled_share(each.astype(float), np.ones(30), weights) for each in (first, second)]
    low, high = wilson(26 / 30, 30), wilson(22 / 30, 30)
    phi = (both * neither - one * other) / (26 * 4 * 22 * 8) ** 0.5
    d = [26 / 30 - low.low, high.high - 22 / 30, low.high - 26 / 30, 22 / 30 - high.low]
    below = (d[0] ** 2 - 2 * phi * d[0] * d[1] + d[1] ** 2) ** 0.5
    above = (d[2] ** 2 - 2 * phi * d[2] * d[3] + d[3] ** 2) ** 0.5
    found = shares[0].minus(shares[1]).figure()
    assert (found.low, found.value, found.high) == pytest.approx(
        (4 / 30 - below, 4 / 30, 4 / 30 + above), abs=2e-3
    )


@pytest.mark.parametrize("count", [10, 40])
def test_the_interval_of_a_difference_holds_it_about_as_often_as_it_says(count: int) -> None:
    held = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        common = rng.random(count)
        vanilla, tuned = common < 0.95, np.where(rng.random(count) < 0.2, rng.random(count), common) < 0.85
        truth = 0.85 - 0.95
        held += holds(share_of(tuned, seed).minus(share_of(vanilla, seed)).figure(), truth)
    assert held >= 285  # of 300; by resampling it would be 195 for 10 and 278 for 40


def test_answers_of_one_picture_count_less_where_they_go_together() -> None:
    asked = np.full(50, 3.0)
    together = np.where(np.arange(50) < 40, 3.0, 0.0)
    apart = np.random.default_rng(1).binomial(3, 0.8, 50).astype(float)
    assert independent(together, asked) == pytest.approx(50)
    assert 110 < independent(apart, asked) <= 150
    assert independent(asked, asked) == 50  # all hit: how far they go together cannot be known
    assert independent(np.array([1.0, 0, 1, 1]), np.ones(4)) == 4


def test_their_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    held = plain = 0
    for seed in range(400):
        of_picture = np.random.default_rng(seed).beta(1, 1, 40)
        hits = np.random.default_rng((seed, 1)).binomial(4, of_picture).astype(float)
        held += holds(sampled_share(hits, np.full(40, 4.0), resamples(40, seed, 2)).figure(), 0.5)
        plain += holds(wilson(hits.sum() / 160, 160), 0.5)
    assert held >= 372  # of 400
    assert plain < 350


def test_a_face_that_is_asked_twice_counts_once() -> None:
    hits, weights = np.tile([1.0, 1, 1, 0], 5), resamples(20, 1, 50)
    often = sampled_share(hits, np.ones(20), weights, np.arange(20) % 4).figure()
    once = sampled_share(hits[:4], np.ones(4), resamples(4, 1, 50)).figure()
    assert (often.low, often.high) == pytest.approx((once.low, once.high))
    assert often.value == 0.75


def test_a_mean_of_shares_that_are_all_full_is_uncertain_too() -> None:
    mean = mean_of([share_of(np.ones(10)), share_of(np.ones(40))]).figure()
    assert mean.value == mean.high == 1
    assert 0.84 < mean.low < 0.87  # half of 0.278 and of 0.088, at right angles


def test_a_ratio_of_shares_holds_the_truth_and_is_none_where_it_says_nothing() -> None:
    held = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        one, other = (share_of(rng.random(60) < chance, seed) for chance in (0.9, 0.75))
        ratio = one.over(other)
        assert ratio is not None
        held += holds(ratio.figure(), 0.9 / 0.75)
    assert held >= 184
    assert share_of(np.ones(10)).over(share_of(np.zeros(10))) is None
    assert share_of(np.ones(10)).over(share_of(np.arange(10) < 1)) is None


def test_a_ratio_to_a_share_that_may_be_twice_as_large_is_none() -> None:
    few = share_of(np.arange(60) < 5)
    assert few.figure().low > 0 and few.draws.min() >= 0
    assert share_of(np.arange(60) < 40).over(few) is None


def test_what_both_shares_have_in_common_cancels_in_their_ratio() -> None:
    rng = np.random.default_rng(1)
    common = rng.random(200)
    one, alike, other = (share_of(each < 0.6) for each in (common, common + 0.01, rng.random(200)))
    near, far = one.over(alike), one.over(other)
    assert near is not None and far is not None
    narrow, wide = near.figure(), far.figure()
    assert narrow.high - narrow.low < 0.3 * (wide.high - wide.low)
