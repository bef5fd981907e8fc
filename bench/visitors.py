"""Twenty visitors at once: whether each gets what is theirs without an error, and memory stays flat."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import psutil

from bench.app_process import AppDown, started_app
from bench.table import NEVER, Row
from bench.visitor_clients import Kind, Outcome, Task, visit
from generation.errors import GenerationError
from generation.events import ARMS, Arm
from generation.png.metadata import read_recipe
from generation.recipe import Recipe
from prompt_engine.realiser import realise
from prompt_engine.selection import Selection

VISITORS = 20
COMPARISONS, EARLY = 500, 100  # memory is looked at when so many are made
STEPS = 4
STRENGTHS = (0.5, 1.0, 1.7)
SELECTIONS = (
    Selection("female", ("Black_Hair", "Smiling")),
    Selection("female", ("Eyeglasses",)),
    Selection("male", ("Bald", "No_Beard")),
    Selection("male", ("Wearing_Hat",)),
)
REPEATED = 0.2  # so many comparisons are one that somebody has just asked for
BETWEEN: tuple[Kind, ...] = ("matching_faces", "random_prompt", "matching_faces", "random_prompt", "cancel")
FLAT = 1.05
MEGABYTE = 1e6
# Levels of 255. Sums run in another order in a process with other threads; other strengths and seeds differ
# by more.
TOLERANCE = 3
References = Mapping[Recipe, Mapping[Arm, Any]]  # pixels by recipe and arm
WHAT = f"{VISITORS} visitors at once, mixed work"


def measure_visitors(comparisons: int = COMPARISONS, early: int = EARLY) -> Iterator[Row]:
    """Start the app with no result kept, and have all visitors work until the comparisons are made."""
    memory: dict[int, tuple[float, float]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            with started_app(folder) as app:
                app.wait_until_answering()

                def look(made: int) -> None:
                    if made == early:
                        memory[early] = held_megabytes(app.process.pid)

                started = time.perf_counter()
                outcome = visit(app.url, plan_tasks(comparisons), folder / "downloads", VISITORS, look)
                seconds = time.perf_counter() - started
                memory[comparisons] = held_megabytes(app.process.pid)
            strange = strangers(outcome, references(recipe for recipe, _ in outcome.made))
        except (AppDown, GenerationError) as error:
            yield Row(WHAT, 0, None, "errors", str(error).splitlines()[0])
            return
    for problem in outcome.problems[:5]:
        print(problem, file=sys.stderr)
    finished = len(outcome.made) == comparisons
    made = f"{len(outcome.made):,} comparisons of {STEPS} steps in {seconds:,.0f} s"
    others = f"{outcome.answered:,} other answers, {outcome.left:,} left"
    yield Row(WHAT, 0, len(outcome.problems), "errors", f"{made}, {others}")
    yield Row("pictures that are not what was asked for", 0, len(strange), "pictures", "each held to its own")
    yield from _memory_rows(memory if finished else {}, early, comparisons)


def plan_tasks(comparisons: int, seed: int = 0) -> list[Task]:
    """So many comparisons, some of them again, and between them questions and people who leave."""
    chance, tasks, asked = Random(seed), list[Task](), list[Recipe]()
    for number in range(comparisons):
        again = asked and chance.random() < REPEATED
        recipe = chance.choice(asked[-8:]) if again else _recipe(number, chance.choice(STRENGTHS))
        asked.append(recipe)
        between = chance.choice(BETWEEN)
        other = _recipe(comparisons + number, 1.0) if between == "cancel" else _recipe(number % 8, 1.0)
        tasks += [Task("compare", recipe), Task(between, other)]
    return tasks


def strangers(outcome: Outcome, expected: References) -> list[str]:
    """The pictures that are not those of their visitor's recipe."""
    return [
        f"{arm} of seed {recipe.seed} at strength {recipe.adapter_scale:g}"
        for recipe, files in outcome.made
        for arm in ARMS
        if read_recipe(files[arm]).with_revisions(None, None) != recipe
        or difference(pixels(files[arm]), expected[recipe][arm]) > TOLERANCE
    ]


def references(recipes: Iterable[Recipe]) -> References:
    """The pixels of each recipe's portraits, made one after the other by a workshop of this process.

    Raises:
        GenerationError: they cannot be made here.
    """
    import numpy as np

    from generation.events import Finished
    from generation.workshop.opening import open_workshop

    workshop, found = open_workshop(), dict[Recipe, dict[Arm, Any]]()
    for recipe in dict.fromkeys(recipes):
        *_, last = workshop.compare(recipe)
        assert isinstance(last, Finished)
        found[recipe] = {arm: np.asarray(image, dtype=int) for arm, image in last.comparison.images.items()}
    return found


def pixels(path: Path) -> Any:
    """The levels of a picture, (H, W, 3)."""
    import numpy as np
    from PIL import Image

    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"), dtype=int)


def difference(one: Any, other: Any) -> int:
    """The most levels by which two pictures differ anywhere."""
    return int(abs(one - other).max())


def held_megabytes(pid: int) -> tuple[float, float]:
    """What the page's process holds, and what the one that makes the portraits does: the largest below it."""
    process = psutil.Process(pid)
    below = [each.memory_info().rss for each in process.children(recursive=True)]
    return process.memory_info().rss / MEGABYTE, max(below, default=0) / MEGABYTE


def _recipe(seed: int, strength: float) -> Recipe:
    selection = SELECTIONS[seed % len(SELECTIONS)]
    return Recipe(realise(selection), seed, selection, adapter_scale=strength, steps=STEPS)


def _memory_rows(memory: Mapping[int, tuple[float, float]], early: int, late: int) -> Iterator[Row]:
    for place, whose in enumerate(("the page's process", "the process that makes portraits")):
        what = f"memory of {whose}, after {late:,} comparisons against {early:,}"
        if early not in memory or late not in memory:
            yield Row(what, FLAT, NEVER, "times", "not all were made")
            continue
        before, after = memory[early][place], memory[late][place]
        yield Row(what, FLAT, after / before, "times", f"{before:,.0f} MB, then {after:,.0f} MB")
