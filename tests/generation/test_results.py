"""The store gives back exactly what was put in, and nothing that is broken or someone else's."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
from PIL import Image

from generation.events import Comparison
from generation.png.metadata import read_recipe
from generation.recipe import Recipe
from generation.results import LEFT_BEHIND_S, ResultStore

RECIPE = Recipe("a bald man", 7)
RED, BLUE = (Image.new("RGB", (96, 96), colour) for colour in ("red", "blue"))
CPU, GPU = "renderer 1, cpu, float32", "renderer 1, cuda, bfloat16"
COMPARISON = Comparison(RECIPE, {"vanilla": RED, "fine_tuned": BLUE}, 1.5, CPU)


def assert_holds(store: ResultStore) -> None:
    found = store.get(RECIPE, CPU)
    assert found is not None
    assert (found.recipe, found.seconds) == (RECIPE, 1.5)
    assert found.image("vanilla").tobytes() == COMPARISON.image("vanilla").tobytes()
    assert found.image("fine_tuned").tobytes() == COMPARISON.image("fine_tuned").tobytes()


def test_what_was_put_in_comes_back_from_another_store(tmp_path: Path) -> None:
    assert ResultStore(tmp_path / "store").get(RECIPE, CPU) is None
    ResultStore(tmp_path / "store").put(COMPARISON)
    assert_holds(ResultStore(tmp_path / "store"))
    paths = ResultStore(tmp_path / "store").paths(COMPARISON)
    assert [read_recipe(path) for path in paths.values()] == [RECIPE, RECIPE]


def test_another_recipe_is_another_place(tmp_path: Path) -> None:
    store = ResultStore(tmp_path)
    store.put(COMPARISON)
    for values in (
        {"seed": 8},
        {"steps": 21},
        {"adapter_scale": 0.9},
        {"adapter_revision": "a"},
        {"prompt": "x"},
    ):
        assert store.get(replace(RECIPE, **values), CPU) is None


def test_other_renderings_do_not_share_a_result(tmp_path: Path) -> None:
    store, other = (
        ResultStore(tmp_path),
        replace(COMPARISON, images={**COMPARISON.images, "vanilla": BLUE}, rendering=GPU),
    )
    place = store.put(COMPARISON)
    assert store.get(RECIPE, GPU) is None
    store.put(other)
    assert_holds(store)
    found = store.get(RECIPE, GPU)
    assert found is not None and found.image("vanilla").tobytes() == BLUE.tobytes()
    for values in ({"rendering": GPU}, {"schema": 2}, {"arms": ["vanilla"]}):
        manifest = json.loads((place / "result.json").read_text())
        (place / "result.json").write_text(json.dumps({**manifest, **values}))
        assert store.get(RECIPE, CPU) is None
        store.put(COMPARISON)
        assert_holds(store)


@pytest.mark.parametrize("name", ["result.json", "vanilla.png", "fine-tuned.png"])
@pytest.mark.parametrize("content", [None, b"", b"{}", "its beginning"])
def test_a_damaged_result_is_absent_and_can_be_stored_again(
    name: str, content: bytes | str | None, tmp_path: Path
) -> None:
    store = ResultStore(tmp_path)
    damaged = store.put(COMPARISON) / name
    if content is None:
        damaged.unlink()
    else:
        damaged.write_bytes(damaged.read_bytes()[:-30] if isinstance(content, str) else content)
    assert store.find(RECIPE, CPU) is None and store.get(RECIPE, CPU) is None
    store.put(COMPARISON)
    assert_holds(store)


def test_a_result_moved_to_another_recipes_place_is_not_believed(tmp_path: Path) -> None:
    store, other = ResultStore(tmp_path), replace(RECIPE, seed=8)
    moved = store.put(replace(COMPARISON, recipe=other))
    place = store.paths(COMPARISON)["vanilla"].parent
    place.parent.mkdir(exist_ok=True)
    moved.rename(place)
    assert store.get(RECIPE, CPU) is None


def test_what_was_used_longest_ago_makes_room(tmp_path: Path) -> None:
    store, recipes = ResultStore(tmp_path, kept=2), [replace(RECIPE, seed=seed) for seed in range(3)]
    for age_s, recipe in zip((200, 100), recipes, strict=False):
        place = store.put(replace(COMPARISON, recipe=recipe))
        os.utime(place, (time.time() - age_s,) * 2)
    assert store.get(recipes[0], CPU) is not None  # asked for again, so no longer the oldest
    store.put(replace(COMPARISON, recipe=recipes[2]))
    assert [store.get(recipe, CPU) is not None for recipe in recipes] == [True, False, True]


def test_bytes_are_bounded_as_the_number_is(tmp_path: Path) -> None:
    one = sum(file.stat().st_size for file in ResultStore(tmp_path / "one").put(COMPARISON).iterdir())
    store = ResultStore(tmp_path, kept_bytes=3 * one + one // 2)
    for seed in range(6):
        place = store.put(replace(COMPARISON, recipe=replace(RECIPE, seed=seed)))
        os.utime(place, (time.time() - 100 + seed,) * 2)
    kept = [store.get(replace(RECIPE, seed=seed), CPU) is not None for seed in range(6)]
    assert kept == [False] * 3 + [True] * 3


def test_what_is_being_written_now_is_not_taken_for_left_behind(tmp_path: Path) -> None:
    store = ResultStore(tmp_path, kept=0)
    writing = store.folder / "00" / f"{'0' * 64}-1_abcdef.tmp"
    writing.mkdir(parents=True)
    store.put(COMPARISON)
    assert writing.exists()


def test_one_arm_alone_is_another_result(tmp_path: Path) -> None:
    store = ResultStore(tmp_path)
    store.put(COMPARISON)
    alone = replace(COMPARISON, recipe=replace(RECIPE, adapter=None), images={"vanilla": RED})
    assert store.get(RECIPE, CPU, ("fine_tuned",)) is None
    place = store.put(alone)
    found = store.get(alone.recipe, CPU, ("vanilla",))
    assert (
        found is not None and found.arms == ("vanilla",) and found.image("vanilla").tobytes() == RED.tobytes()
    )
    assert sorted(file.name for file in place.iterdir()) == ["result.json", "vanilla.png"]
    assert store.paths(alone) == {"vanilla": place / "vanilla.png"}
    assert_holds(store)


def test_only_what_the_store_wrote_makes_room(tmp_path: Path) -> None:
    store, name = ResultStore(tmp_path, kept=0), "0" * 64
    assert store.folder == tmp_path / "comparisons"
    foreign = [
        *(tmp_path / "photos" / year for year in ("2023", name)),
        tmp_path / name[:2] / name,
        *(store.folder / inner for inner in ("notes/today", "00/notes", f"00/{name}.old", f"11/{name}")),
    ]
    ours = [store.folder / "00" / leftover for leftover in (name, f"{name}-1_abcdef.tmp")]
    for place in (*foreign, *ours):
        place.mkdir(parents=True)
        (place / "file").touch()
        os.utime(place, (time.time() - LEFT_BEHIND_S - 1,) * 2)
    made = store.put(COMPARISON)
    assert all((place / "file").exists() for place in foreign)
    assert not any(place.exists() for place in (made, *ours))


def test_many_may_store_at_once_and_nothing_is_left_over(tmp_path: Path) -> None:
    threads = [Thread(target=ResultStore(tmp_path).put, args=(COMPARISON,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert_holds(ResultStore(tmp_path))
    places = list(ResultStore(tmp_path).folder.glob("*/*"))
    assert places == [ResultStore(tmp_path).paths(COMPARISON)["vanilla"].parent]
