"""A workshop in another process gives what one in this process gives, and ends when it should."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import psutil
import pytest

from generation.errors import AdapterRejected, WorkshopEnded
from generation.events import Comparison, Finished, Progress, Waiting
from generation.recipe import Recipe
from generation.results import ResultStore
from generation.workshop.process import PROCESS, WorkshopProcess
from generation.workshop.worker import WorkshopFailed
from generation.workshop.workshop import Workshop

PATIENCE_S = 60

# A program whose child never ends by itself.
PARENT = """
import multiprocessing, time
from generation.workshop.worker import _end_with_parent

def hang():
    _end_with_parent()
    print(multiprocessing.current_process().pid, flush=True)
    time.sleep(600)

if __name__ == "__main__":
    multiprocessing.get_context("spawn").Process(target=hang).start()
"""


def finish(workshop: Any, recipe: Recipe) -> Comparison:
    *_, last = workshop.compare(recipe)
    assert isinstance(last, Finished)
    return last.comparison


def told(workshop: WorkshopProcess, recipe: Recipe) -> list[Any]:
    """All events but the signs of life, of which a slow machine gives more."""
    return [event for event in workshop.compare(recipe) if not isinstance(event, Waiting)]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> ResultStore:
    return ResultStore(tmp_path_factory.mktemp("results"))


@pytest.fixture(scope="module")
def workshop(results: ResultStore) -> Iterator[WorkshopProcess]:
    """The real demo model and adapter: another process sees no other ones."""
    yield WorkshopProcess(results)
    for child in children():
        child.kill()


def children() -> list[BaseProcess]:
    return [child for child in multiprocessing.active_children() if child.name == PROCESS]


def test_it_gives_the_same_steps_and_bytes_and_keeps_the_result(
    workshop: WorkshopProcess, results: ResultStore, recipe: Recipe
) -> None:
    step_s = workshop.load(recipe)
    assert step_s is not None and 0 < step_s < 10
    events, here = told(workshop, recipe), list(Workshop().compare(recipe))
    steps = [(event.arm, event.step) for event in events if isinstance(event, Progress)]
    assert steps == [(event.arm, event.step) for event in here if isinstance(event, Progress)]
    made, expected = events[-1].comparison, here[-1].comparison
    assert made.recipe == expected.recipe
    assert made.image("vanilla").tobytes() == expected.image("vanilla").tobytes()
    assert made.image("fine_tuned").tobytes() == expected.image("fine_tuned").tobytes()
    assert all(path.is_file() for path in results.paths(made).values())
    assert [type(event) for event in told(workshop, recipe)] == [Finished]


def test_what_is_stored_is_looked_up_while_something_is_made(
    workshop: WorkshopProcess, results: ResultStore, recipe: Recipe
) -> None:
    made = finish(workshop, recipe)
    with closing(workshop.compare(replace(recipe, seed=8, steps=50))) as begun:
        assert any(isinstance(event, Progress) for event in begun)
        found = workshop.stored(recipe)
        assert found and found.recipe == made.recipe and found.files == results.paths(made)
        assert workshop.stored(recipe, ("vanilla",)) is None
        assert workshop.stored(replace(recipe, seed=13)) is None
        assert workshop.stored(replace(recipe, adapter="./nowhere.safetensors")) is None


def test_closing_midway_lets_the_next_one_begin(workshop: WorkshopProcess, recipe: Recipe) -> None:
    begun = workshop.compare(replace(recipe, seed=8, steps=50))
    assert any(isinstance(event, Progress) for event in begun)
    begun.close()
    assert finish(workshop, replace(recipe, seed=9)).recipe.seed == 9


def test_what_is_refused_and_what_breaks_arrive_as_what_they_are(
    workshop: WorkshopProcess, recipe: Recipe, tmp_path: Path
) -> None:
    with pytest.raises(AdapterRejected, match=r"no adapter at .*give a safetensors file"):
        finish(workshop, replace(recipe, adapter=str(tmp_path / "nowhere")))
    with pytest.raises(WorkshopFailed, match=r"Traceback(.|\n)*AttributeError"):
        list(workshop.compare("no recipe"))  # type: ignore[arg-type]
    assert finish(workshop, recipe).recipe.prompt == recipe.prompt


def test_visitors_with_adapters_of_their_own_never_see_each_others(
    workshop: WorkshopProcess,
    results: ResultStore,
    recipe: Recipe,
    make_adapter: Callable[..., Path],
    tmp_path: Path,
) -> None:
    own = [str(make_adapter(tmp_path / str(seed), seed=seed)) for seed in (1, 2)]
    recipes = [replace(recipe, adapter=adapter, seed=20) for adapter in (*own, "demo")]
    expected = [finish(Workshop(), each).image("fine_tuned").tobytes() for each in recipes]
    assert len(set(expected)) == 3
    begun = workshop.compare(replace(recipes[0], steps=50))
    assert any(isinstance(event, Progress) for event in begun)
    begun.close()
    for which in (0, 1, 2, 0, 2, 1, 0):
        shutil.rmtree(results.folder, ignore_errors=True)  # or the later ones would not be made
        assert finish(workshop, recipes[which]).image("fine_tuned").tobytes() == expected[which]


def test_it_tells_what_it_offers_and_makes_one_arm(workshop: WorkshopProcess, recipe: Recipe) -> None:
    demo, *others = workshop.offers()
    assert demo.on and demo.placement and demo.placement.text.startswith("all on the")
    assert [each.key for each in others] == ["medium", "large", "turbo"]
    *_, last = workshop.compare(recipe, arms=("vanilla",))
    assert isinstance(last, Finished) and last.comparison.arms == ("vanilla",)


def test_one_that_was_killed_is_told_and_then_replaced(workshop: WorkshopProcess, recipe: Recipe) -> None:
    begun = workshop.compare(replace(recipe, seed=10, steps=50))
    next(begun)
    children()[0].kill()
    assert workshop.stored(recipe) is None
    with pytest.raises(WorkshopEnded, match="has ended.*ask again"):
        list(begun)
    assert finish(workshop, replace(recipe, seed=10)).recipe.seed == 10


def test_one_that_was_killed_while_nobody_asked_is_replaced_and_can_be_left_while_it_loads(
    workshop: WorkshopProcess, recipe: Recipe
) -> None:
    finish(workshop, recipe)
    (child,) = children()
    child.kill()
    child.join()
    begun = workshop.compare(replace(recipe, seed=11))
    assert isinstance(next(begun), Waiting)
    begun.close()
    assert finish(workshop, replace(recipe, seed=12)).recipe.seed == 12


@pytest.mark.skipif(os.name != "posix", reason="there is no kill -9 here")
def test_it_ends_with_a_parent_that_is_killed(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "parent.py").write_text(PARENT)
    command = [sys.executable, str(tmp_path / "parent.py")]
    environment = {**os.environ, "PYTHONPATH": str(repository)}
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    psutil.wait_procs([child], timeout=PATIENCE_S)
    assert not child.is_running()


def test_a_program_that_ends_while_the_model_loads_need_not_wait_for_it(repository: Path) -> None:
    code = """
import threading, time
from contextlib import suppress
from generation.errors import WorkshopEnded
from generation.example import example_recipe
from generation.workshop.process import WorkshopProcess
workshop = WorkshopProcess()
def load():
    with suppress(WorkshopEnded):  # as the page does; Python cannot print a thread's traceback while it ends
        workshop.load(example_recipe("demo"))
threading.Thread(target=load, daemon=True).start()
time.sleep(0.1)
"""
    ended = subprocess.run([sys.executable, "-c", code], cwd=repository, timeout=PATIENCE_S)
    assert ended.returncode == 0
