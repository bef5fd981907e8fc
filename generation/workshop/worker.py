"""The other end of a workshop in a process of its own: it answers requests as long as there are any."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Generator
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import cached_property
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from traceback import format_exc
from typing import TYPE_CHECKING, Literal

from generation.errors import GenerationError
from generation.events import ARMS, Arm, Event, Waiting
from generation.recipe import Recipe
from generation.results import ResultStore, StoredComparison
from generation.workshop.look_ups import answer_look_ups
from generation.workshop.opening import open_workshop
from generation.workshop.settings import WorkshopSettings

if TYPE_CHECKING:
    from generation.loading.machine import Offer
    from generation.workshop.workshop import Workshop


class WorkshopFailed(RuntimeError):
    """Something unforeseen in the other process; the text is its traceback, for the log."""


@dataclass(frozen=True)
class Request:
    """What is asked of the other process; until the answer has ended, nothing but to stop."""

    what: Literal["load", "compare", "offers", "stop"]
    recipe: Recipe | None = None
    arms: tuple[Arm, ...] = ARMS


@dataclass(frozen=True)
class End:
    """Nothing more comes for this request; `problem` is what it failed with."""

    problem: Exception | None = None
    offers: tuple[Offer, ...] = ()
    step_s: float | None = None


def work(
    connection: Connection, asked: Connection, results: ResultStore | None, settings: WorkshopSettings
) -> None:
    """The other process: answer requests as long as there is someone to ask them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl+C goes to both; the parent ends this one
    _end_with_parent()
    worker = _Worker(connection, results, settings)
    threading.Thread(
        target=answer_look_ups, args=(asked, worker.stored), name="look-ups", daemon=True
    ).start()
    with suppress(EOFError, OSError):
        while True:
            worker.answer(connection.recv())


class _Worker:
    """Opens a workshop at the first request, and tells of everything over a connection."""

    def __init__(
        self, connection: Connection, results: ResultStore | None, settings: WorkshopSettings
    ) -> None:
        self._connection = connection
        self._results = results
        self._settings = settings

    def answer(self, request: Request) -> None:
        if request.what == "stop":  # it came when all had been told
            return
        try:
            end = self._asked_once(request)
            with closing(self._events(request)) as events:
                for event in events:
                    self._connection.send(event)
                    if self._connection.poll():  # a stop: nothing else is sent before the end
                        break
        except GenerationError as known:
            end = End(known)
        except Exception:
            end = End(WorkshopFailed(format_exc()))
        self._connection.send(end)

    def stored(self, recipe: Recipe, arms: tuple[Arm, ...]) -> StoredComparison | None:
        """What is stored, asked from another thread; what is wrong is told to whoever has it made."""
        if "_workshop" not in vars(self):  # opening it takes seconds
            return None
        try:
            return self._workshop.stored(recipe, arms)
        except Exception:
            return None

    def _asked_once(self, request: Request) -> End:
        """What has one answer."""
        if request.what == "offers":
            return End(offers=tuple(self._workshop.offers()))
        if request.what == "load" and request.recipe is not None:
            return End(step_s=self._workshop.load(request.recipe))
        return End()

    def _events(self, request: Request) -> Generator[Event | Waiting, None, None]:
        if request.what == "compare" and request.recipe is not None:
            yield from self._workshop.compare(request.recipe, request.arms)

    @cached_property
    def _workshop(self) -> Workshop:
        workshop = open_workshop(self._results, self._settings)
        import torch

        if "OMP_NUM_THREADS" not in os.environ:
            # One core is for whoever asked: threads that wait for one that lost its core make nothing faster.
            torch.set_num_threads(max(1, torch.get_num_threads() - 1))
        return workshop


def _end_with_parent() -> None:
    """However the parent ends, even killed, this process ends at once, whatever it is doing."""
    parent = parent_process()
    assert parent is not None

    def wait() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, name="end-with-parent", daemon=True).start()
