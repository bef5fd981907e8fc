"""Look-ups of what is stored: asked of the process that makes portraits, beside what it is making."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection

from generation.events import Arm
from generation.recipe import Recipe
from generation.results import StoredComparison

PATIENCE_S = 1.0  # whoever waits longer is better off having it made, or found, in turn

Find = Callable[[Recipe, tuple[Arm, ...]], StoredComparison | None]


@dataclass(frozen=True)
class _Question:
    """Asked under a number: an answer that comes too late is not the next question's."""

    number: int
    recipe: Recipe
    arms: tuple[Arm, ...]


@dataclass(frozen=True)
class _Answer:
    """What is stored of the question of that number."""

    number: int
    stored: StoredComparison | None


class LookUps:
    """Asks, from several threads, which take turns."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._turn = threading.Lock()
        self._asked = 0

    def stored(self, recipe: Recipe, arms: tuple[Arm, ...]) -> StoredComparison | None:
        """What is stored; None too where that cannot be told at once, or nobody is there to tell."""
        deadline = time.monotonic() + PATIENCE_S
        if not self._turn.acquire(timeout=PATIENCE_S):
            return None
        try:
            self._asked += 1
            self._connection.send(_Question(self._asked, recipe, arms))
            return self._heard(deadline)
        except (EOFError, OSError):  # the other process has ended
            return None
        finally:
            self._turn.release()

    def _heard(self, deadline: float) -> StoredComparison | None:
        while self._connection.poll(max(0.0, deadline - time.monotonic())):
            answer: _Answer = self._connection.recv()
            if answer.number == self._asked:
                return answer.stored
        return None


def answer_look_ups(connection: Connection, find: Find) -> None:
    """Answer, in the other process, as long as there is someone to ask."""
    with suppress(EOFError, OSError):
        while True:
            question: _Question = connection.recv()
            connection.send(_Answer(question.number, find(question.recipe, question.arms)))
