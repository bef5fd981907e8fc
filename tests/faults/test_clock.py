"""A clock that is wrong, or was: what is used now is kept, and what was left behind goes."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from generation.events import ARMS, Comparison
from generation.recipe import Recipe
from generation.results import ResultStore
from prompt_engine.bounded_cache import BoundedCache
from studio.export_folder import ExportFolder

RECIPE = Recipe("a bald man", 7)
CPU = "renderer 1, cpu, float32"
YEARS_S = 10 * 365 * 86_400
TIMES = {"1970": 1.0, "ten years ahead": time.time() + YEARS_S}


@pytest.fixture(params=TIMES)
def wrong_s(request: pytest.FixtureRequest) -> float:
    """The time of a wrong clock."""
    return TIMES[request.param]


def test_a_new_result_is_not_what_makes_room_for_those_of_a_wrong_clock(
    tmp_path: Path, wrong_s: float
) -> None:
    store = ResultStore(tmp_path, kept=3)
    for seed in range(3):
        os.utime(store.put(_comparison(seed)), (wrong_s, wrong_s))
    unfinished = store.places()[0].with_name(f"{store.places()[0].name}-half.tmp")
    unfinished.mkdir()
    os.utime(unfinished, (wrong_s, wrong_s))
    for seed in range(3, 6):
        store.put(_comparison(seed))
        assert store.get(_comparison(seed).recipe, CPU) is not None
    assert [recipe.seed for recipe, _, _ in store.latest(9)] == [5, 4, 3]
    assert not unfinished.exists()


def test_an_export_of_a_wrong_clock_goes_as_one_that_is_long_forgotten(
    tmp_path: Path, wrong_s: float
) -> None:
    folder = ExportFolder(tmp_path)
    old = folder.write_once("a", "a", lambda path: path.write_bytes(b"x" * 100))
    os.utime(old.parent, (wrong_s, wrong_s))
    assert folder.write_once("b", "b", lambda path: path.write_bytes(b"x" * 100)).exists()
    assert not old.exists()


def test_what_is_fetched_now_stays_in_a_cache_of_a_wrong_clock(tmp_path: Path, wrong_s: float) -> None:
    cache = BoundedCache(tmp_path, limit_mb=0.01)
    for number in range(9):
        cache.put(f"old/{number}", b"x" * 1_000)
    for path in tmp_path.rglob("*"):
        os.utime(path, (wrong_s, wrong_s))
    for number in range(3):
        cache.put(f"new/{number}", b"x" * 1_000)
    assert all(cache.get(f"new/{number}") for number in range(3))
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) <= 10_000


def _comparison(seed: int) -> Comparison:
    images = {arm: Image.new("RGB", (96, 96), "blue") for arm in ARMS}
    return Comparison(replace(RECIPE, seed=seed), images, 1.0, CPU)
