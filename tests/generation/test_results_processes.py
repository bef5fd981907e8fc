"""Several processes share a store: what is asked for by all is made once, and a killed one breaks nothing."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from generation.events import ARMS, Comparison, Waiting
from generation.locations import REPOSITORY
from generation.recipe import Recipe
from generation.results import ResultStore

RECIPE = Recipe("a bald man", 7)
CPU = "renderer 1, cpu, float32"
SIZE = (96, 96)

_COMMON = """
import os, sys, time
from dataclasses import replace
from pathlib import Path
from PIL import Image
from generation.events import ARMS, Comparison
from generation.recipe import Recipe
from generation.results import ResultStore
folder, name = Path(sys.argv[1]), sys.argv[2]
store, recipe = ResultStore(folder, kept=4), Recipe("a bald man", 7)
def comparison(recipe, colour):
    return Comparison(recipe, {arm: Image.new("RGB", (96, 96), colour) for arm in ARMS}, 1.0, {cpu!r})
(folder / f"{name}.ready").touch()
while not (folder / "go").exists():
    time.sleep(0.005)
""".replace("{cpu!r}", repr(CPU))

_ASK_ONCE = """
def make():
    with (folder / "made.txt").open("a") as file:
        file.write(name + "\\n")
    yield "working"
    time.sleep(60 if name == "first" else 0.2)
    return comparison(recipe, "red")
for event in store.once(recipe, {cpu!r}, ARMS, make):
    (folder / f"{name}.{type(event).__name__}").touch()
(folder / f"{name}.done").touch()
""".replace("{cpu!r}", repr(CPU))

_STORE_FOR_EVER = """
for seed in range(10**9):
    # Half of them the same for all, half of them one's own.
    seed = seed % 3 if seed % 2 else int(name) * 1000 + seed % 5
    store.put(comparison(replace(recipe, seed=seed), (seed % 256, 0, 0)))
    (folder / f"{name}.count").write_text(str(seed))
"""


Start = Callable[[str, str], subprocess.Popen]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a program on the store in `tmp_path`; it waits for the file `go`."""
    started: list[subprocess.Popen] = []

    def program(code: str, name: str) -> subprocess.Popen:
        command = [sys.executable, "-c", _COMMON + code, str(tmp_path), name]
        started.append(subprocess.Popen(command, cwd=REPOSITORY))
        return started[-1]

    yield program
    for process in started:
        process.kill()
        process.wait()


def wait_for(*paths: Path) -> None:
    until = time.monotonic() + 60
    while not all(path.exists() for path in paths):
        assert time.monotonic() < until, [path.name for path in paths if not path.exists()]
        time.sleep(0.005)


def test_what_several_processes_ask_for_is_made_once_though_its_maker_is_killed(
    tmp_path: Path, start: Start
) -> None:
    (tmp_path / "go").touch()
    first = start(_ASK_ONCE, "first")
    wait_for(tmp_path / "first.str")  # at work, for a minute
    others = [start(_ASK_ONCE, f"other-{number}") for number in range(3)]
    wait_for(*(tmp_path / f"other-{number}.Waiting" for number in range(3)))
    assert (tmp_path / "made.txt").read_text().split() == ["first"]
    first.kill()
    assert [process.wait(timeout=60) for process in others] == [0, 0, 0]
    made = (tmp_path / "made.txt").read_text().split()
    assert len(made) == 2 and made[0] == "first"
    assert ResultStore(tmp_path).get(RECIPE, CPU) is not None
    assert list((tmp_path / "in-flight").iterdir()) == []


def test_killed_writers_leave_whole_results_and_the_store_goes_on(tmp_path: Path, start: Start) -> None:
    writers = [start(_STORE_FOR_EVER, str(number)) for number in range(4)]
    wait_for(*(tmp_path / f"{number}.ready" for number in range(4)))
    (tmp_path / "go").touch()
    wait_for(*(tmp_path / f"{number}.count" for number in range(4)))
    for process in writers:
        time.sleep(0.15)
        assert process.poll() is None, "a writer failed by itself"
        process.kill()
        process.wait()
    store = ResultStore(tmp_path, kept=4)
    places = [place for place in store.folder.glob("*/*") if place.suffix != ".tmp"]
    assert 0 < len(places) <= 4 + len(writers)
    for place in places:  # whole: what was killed while it wrote has no place yet
        assert {file.name for file in place.iterdir()} == {"vanilla.png", "fine-tuned.png", "result.json"}
    for seed in range(3):
        comparison = _comparison(replace(RECIPE, seed=seed))
        store.put(comparison)
        found = store.get(comparison.recipe, CPU)
        assert found is not None
        # Red from the killed ones, if it was whole; else it is stored now.
        assert found.image("vanilla").getpixel((0, 0)) in ((seed, 0, 0), (0, 0, 255))


def test_in_one_process_too_the_second_waits_and_is_given_the_same(tmp_path: Path) -> None:
    store, made = ResultStore(tmp_path), []

    def make() -> Iterator[str]:
        made.append(1)
        yield "working"
        return _comparison(RECIPE)

    first, second = (store.once(RECIPE, CPU, ARMS, make) for _ in range(2))
    assert next(first) == "working"
    assert isinstance(next(second), Waiting)
    assert _result(first).recipe == RECIPE
    assert _result(second).recipe == RECIPE
    assert _result(store.once(RECIPE, CPU, ARMS, make)).recipe == RECIPE
    assert made == [1]


def test_who_gives_up_or_fails_lets_the_next_begin(tmp_path: Path) -> None:
    store = ResultStore(tmp_path)

    def make(fails: bool) -> Iterator[str]:
        yield "working"
        if fails:
            raise OSError("no")
        return _comparison(RECIPE)

    closed, failing, good = (store.once(RECIPE, CPU, ARMS, lambda f=f: make(f)) for f in (True, True, False))
    assert next(closed) == "working"
    closed.close()
    assert next(failing) == "working"
    assert isinstance(next(good), Waiting)
    with pytest.raises(OSError, match="no"):
        next(failing)
    assert next(good) == "working"
    assert _result(good).recipe == RECIPE


def test_what_is_stored_is_given_quickly(tmp_path: Path) -> None:
    store = ResultStore(tmp_path)
    noise = Image.effect_noise((1024, 1024), 40).convert("RGB")  # harder to unpack than any portrait
    store.put(Comparison(RECIPE, dict.fromkeys(ARMS, noise), 1.0, CPU))
    started = time.process_time()
    assert store.get(RECIPE, CPU) is not None
    assert time.process_time() - started < 0.15


def _comparison(recipe: Recipe) -> Comparison:
    return Comparison(recipe, {arm: Image.new("RGB", SIZE, "blue") for arm in ARMS}, 1.0, CPU)


def _result(steps: Iterator) -> Comparison:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value
