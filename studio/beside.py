"""Takes what a generator gives from a thread of its own, so that whoever waits for it stays free to leave."""

from __future__ import annotations

from collections.abc import Generator
from contextvars import copy_context
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import TypeVar

from generation.events import SIGN_OF_LIFE_S, Waiting

T = TypeVar("T")


@dataclass(frozen=True)
class _End:
    """Nothing more comes; `problem` is what it ended with."""

    problem: BaseException | None = None


def beside(steps: Generator[T, None, None]) -> Generator[T | Waiting, None, None]:
    """What a generator gives, with signs of life in between, in the context of whoever asks first.

    Closing the iterator returns at once; the generator is closed in its thread, after what it is about.
    """
    given: SimpleQueue[T | _End] = SimpleQueue()
    left = Event()
    thread = Thread(target=copy_context().run, args=(_take, steps, given, left), name="beside", daemon=True)
    thread.start()
    try:
        while not isinstance(answer := (yield from _next(given)), _End):
            yield answer
    finally:
        left.set()
    if answer.problem:
        raise answer.problem


def _take(steps: Generator[T, None, None], given: SimpleQueue[T | _End], left: Event) -> None:
    problem: BaseException | None = None
    try:
        for step in steps:
            if left.is_set():
                break
            given.put(step)
        steps.close()
    except BaseException as raised:
        problem = raised
    given.put(_End(problem))


def _next(given: SimpleQueue[T | _End]) -> Generator[Waiting, None, T | _End]:
    while True:
        try:
            return given.get(timeout=SIGN_OF_LIFE_S)
        except Empty:
            yield Waiting()
