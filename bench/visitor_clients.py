"""Visitors of a running app: each a client with connections of its own, working at the same time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Literal

from generation.events import ARMS, Arm
from generation.recipe import Recipe

LEFT_AFTER_S = 0.3  # who cancels
PATIENCE_S = 120  # an app that is still loading, on a busy machine, may not answer for a while

Kind = Literal["compare", "matching_faces", "random_prompt", "cancel"]  # all but the last are endpoints
ALIKE: tuple[Kind, ...] = ("matching_faces", "random_prompt")  # whose answers depend on nothing else


@dataclass(frozen=True)
class Task:
    """What a visitor asks for; of faces and prompts only the recipe's selection and seed count."""

    kind: Kind
    recipe: Recipe


@dataclass
class Outcome:
    """What came of all tasks: the comparisons' recipes with their files, and what went wrong."""

    made: list[tuple[Recipe, Mapping[Arm, Path]]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    left: int = 0
    answered: int = 0


class Visitor:
    """One client."""

    def __init__(self, url: str, downloads: Path) -> None:
        from gradio_client import Client

        downloads.mkdir(parents=True, exist_ok=True)
        self._client = Client(
            url,
            verbose=False,
            download_files=str(downloads),
            analytics_enabled=False,
            httpx_kwargs={"timeout": PATIENCE_S},
        )

    def ask(self, task: Task) -> Any:
        """The answer; of a comparison its files by arm, and None of one that was left."""
        try:
            return self._ask(task)
        except CancelledError:
            # Not the app's: gradio_client takes the end of one stream for that of what it asks just then.
            return self._ask(task)

    def _ask(self, task: Task) -> Any:
        recipe, selection = task.recipe, task.recipe.selection
        assert selection is not None
        if task.kind == "random_prompt":
            return self._client.predict(count=3, seed=recipe.seed, api_name="/random_prompt")
        chosen = {"gender": selection.gender, "attributes": list(selection.wanted), "seed": recipe.seed}
        if task.kind == "matching_faces":
            return self._client.predict(**chosen, api_name="/matching_faces")
        job = self._client.submit(
            **chosen, steps=recipe.steps, adapter_scale=recipe.adapter_scale, api_name="/compare"
        )
        if task.kind == "cancel":
            time.sleep(LEFT_AFTER_S)
            job.cancel()
            with suppress(Exception):  # it may have come before
                job.result(timeout=0)
            return None
        *files, _ = job.result()
        return dict(zip(ARMS, map(Path, files), strict=True))


def visit(
    url: str, tasks: Sequence[Task], downloads: Path, visitors: int, made: Callable[[int], None] | None = None
) -> Outcome:
    """Work the tasks off with so many clients; `made` is told how many comparisons there are."""
    # What is alike for all is asked by one alone first: among others it must be the same.
    alone = Visitor(url, downloads / "alone")
    expected = {each: alone.ask(each) for each in dict.fromkeys(tasks) if each.kind in ALIKE}
    crowd = _Crowd(tasks, expected, made)

    def work(number: int) -> None:
        try:
            crowd.work_off(Visitor(url, downloads / str(number)))
        except Exception as problem:
            crowd.outcome.problems.append(f"visitor {number}: {type(problem).__name__}: {problem}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(visitors)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return crowd.outcome


class _Crowd:
    """The tasks that are left, and what came of the others; for several threads."""

    def __init__(
        self, tasks: Sequence[Task], expected: Mapping[Task, Any], made: Callable[[int], None] | None
    ) -> None:
        self.outcome = Outcome()
        self._expected = expected
        self._made = made
        self._lock = threading.Lock()
        self._waiting: SimpleQueue[Task] = SimpleQueue()
        for task in tasks:
            self._waiting.put(task)

    def work_off(self, visitor: Visitor) -> None:
        """One task after another, until none is left."""
        with suppress(Empty):
            while True:
                task = self._waiting.get_nowait()
                answer = problem = None
                try:
                    answer = visitor.ask(task)
                except Exception as error:
                    problem = f"{task.kind}: {type(error).__name__}: {error}"
                if problem is None and task in self._expected and answer != self._expected[task]:
                    problem = f"{task.kind}: another answer than alone"
                with self._lock:
                    self._note(task, answer, problem)

    def _note(self, task: Task, answer: Any, problem: str | None) -> None:
        if problem is not None:
            self.outcome.problems.append(problem)
        elif task.kind == "compare":
            self.outcome.made.append((task.recipe, answer))
            if self._made:
                self._made(len(self.outcome.made))
        elif task.kind == "cancel":
            self.outcome.left += 1
        else:
            self.outcome.answered += 1
