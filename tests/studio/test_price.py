"""A price comes from what was timed on this machine, or from what a lent GPU is taken to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from generation.events import ARMS, Arm, Comparison
from generation.recipe import Recipe
from generation.results import ResultStore
from studio.durations import Durations
from studio.price import COUNTED, Price, Prices


def store(results: ResultStore, seconds: float, arms: tuple[Arm, ...] = ARMS, **fields: object) -> Recipe:
    recipe = Recipe(**{"prompt": "a man", "seed": 1, **fields})  # type: ignore[arg-type]
    images = dict.fromkeys(arms, Image.new("RGB", (8, 8)))
    results.put(Comparison(recipe, images, seconds, "as always"))
    return recipe


def test_twice_the_steps_cost_twice_the_seconds_and_one_arm_half(tmp_path: Path) -> None:
    results = ResultStore(tmp_path)
    recipe = store(results, 2.0, steps=20)
    prices = Prices(results)
    assert prices.of(recipe) == pytest.approx(2.0)
    assert prices.of(Recipe("a woman", 2, steps=40)) == pytest.approx(4.0)
    assert prices.of(recipe, ("fine_tuned",)) == pytest.approx(1.0)
    assert prices.of(Recipe("a woman", 2, adapter=None, guidance=1)) == pytest.approx(0.5)
    assert prices.of_all([(recipe, ARMS)] * 3) == Price(pytest.approx(6.0))


def test_a_model_that_was_never_timed_has_no_price(tmp_path: Path) -> None:
    results = ResultStore(tmp_path)
    recipe = store(results, 2.0)
    large = Recipe("a man", 1, model="large")
    assert Prices(results).of(large) is None
    assert Prices(results).of_all([(recipe, ARMS), (large, ARMS)]) == Price(pytest.approx(2.0), unknown=1)
    assert Prices(ResultStore(tmp_path / "empty")).of(recipe) is None


def test_until_something_was_made_the_step_that_was_timed_at_loading_counts(tmp_path: Path) -> None:
    results, recipe = ResultStore(tmp_path), Recipe("a man", 1, steps=20)
    prices = Prices(results, at_load={"demo": 0.01})
    assert prices.of(recipe) == pytest.approx(20 * 4 * 0.01)  # two portraits, each twice for guidance
    store(results, 2.0, steps=20)
    assert prices.of(recipe) == pytest.approx(2.0)


def test_the_latest_runs_count_and_skipped_steps_do_not(tmp_path: Path) -> None:
    results = ResultStore(tmp_path)
    for seed in range(COUNTED):
        store(results, 100.0, seed=seed)
    recipe = Recipe("a man", 1)
    for seed in range(COUNTED):
        store(results, 1.0, seed=100 + seed)
    store(results, 0.1, seed=999, step_caching="taylorseer")
    assert Prices(results).of(recipe) == pytest.approx(1.0)


def test_where_gpus_are_lent_a_price_is_what_is_weighed_against_the_quota(tmp_path: Path) -> None:
    durations, recipe = Durations(), Recipe("a man", 1, model="turbo")
    assert Prices(ResultStore(tmp_path), durations).of(recipe) == durations.requested_s(recipe)
