"""A workshop in another process gives what one in this process gives, and ends when it should."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from generation.errors import AdapterRejected, ModelUnavailable
from generation.events import Comparison, Finished, Progress
from generation.recipe import Recipe
from generation.results import ResultStore
from generation.workshop import Workshop
from generation.workshop_process import WorkshopFailed, WorkshopProcess

PATIENCE_S = 60

# What a program does that is killed while its model loads.
LOADING = """
import multiprocessing, threading, time
from generation.example import example_recipe
from generation.workshop_process import WorkshopProcess

threading.Thread(target=WorkshopProcess().load, args=[example_recipe("demo")], daemon=True).start()
while not multiprocessing.active_children():
    time.sleep(0.01)
print(multiprocessing.active_children()[0].pid, flush=True)
time.sleep(600)
"""


def finish(workshop: Any, recipe: Recipe) -> Comparison:
    *_, last = workshop.compare(recipe)
    assert isinstance(last, Finished)
    return last.comparison


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> ResultStore:
    return ResultStore(tmp_path_factory.mktemp("results"))


@pytest.fixture(scope="module")
def workshop(results: ResultStore) -> Iterator[WorkshopProcess]:
    """The real demo model and adapter: another process sees no other ones."""
    yield WorkshopProcess(results)
    for child in multiprocessing.active_children():
        child.terminate()


def test_it_gives_the_same_steps_and_bytes_and_keeps_the_result(
    workshop: WorkshopProcess, results: ResultStore, recipe: Recipe
) -> None:
    workshop.load(recipe)
    events, here = list(workshop.compare(recipe)), list(Workshop().compare(recipe))
    steps = [(event.arm, event.step) for event in events if isinstance(event, Progress)]
    assert steps == [(event.arm, event.step) for event in here if isinstance(event, Progress)]
    made, expected = events[-1].comparison, here[-1].comparison
    assert made.recipe == expected.recipe
    assert made.vanilla.tobytes() == expected.vanilla.tobytes()
    assert made.fine_tuned.tobytes() == expected.fine_tuned.tobytes()
    assert all(path.is_file() for path in results.paths(made).values())
    assert [type(event) for event in workshop.compare(recipe)] == [Finished]


def test_closing_midway_lets_the_next_one_begin(workshop: WorkshopProcess, recipe: Recipe) -> None:
    begun = workshop.compare(replace(recipe, seed=8, steps=50))
    assert isinstance(next(begun), Progress)
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


def test_one_that_was_killed_is_told_and_then_replaced(workshop: WorkshopProcess, recipe: Recipe) -> None:
    begun = workshop.compare(replace(recipe, seed=10, steps=50))
    next(begun)
    (child,) = multiprocessing.active_children()
    child.kill()
    with pytest.raises(ModelUnavailable, match="has ended.*ask again"):
        list(begun)
    assert finish(workshop, replace(recipe, seed=10)).recipe.seed == 10


@pytest.mark.skipif(os.name != "posix", reason="there is no kill -9 here")
def test_it_ends_with_a_parent_that_is_killed(repository: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", LOADING], stdout=subprocess.PIPE, cwd=repository)
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    deadline = time.monotonic() + PATIENCE_S
    while child.is_running() and child.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "the process outlives its parent"
        time.sleep(0.05)
