"""A workshop in a process of its own: whoever serves a page goes on answering while it loads and works."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Generator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import cached_property
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from traceback import format_exc
from typing import TYPE_CHECKING, Literal

from generation.errors import GenerationError, WorkshopEnded
from generation.events import ARMS, SIGN_OF_LIFE_S, Arm, Event, Waiting
from generation.recipe import Recipe
from generation.results import ResultStore, StoredComparison
from generation.workshop.look_ups import LookUps, answer_look_ups
from generation.workshop.opening import open_workshop
from generation.workshop.settings import DEFAULT_SETTINGS, WorkshopSettings

if TYPE_CHECKING:
    from generation.loading.machine import Offer
    from generation.workshop.workshop import Workshop

PROCESS = "workshop"  # its name among the children of this process
LAST_WORDS_S = 5  # how long a process that has closed its connection may take to end

log = logging.getLogger(__name__)


class WorkshopFailed(RuntimeError):
    """Something unforeseen in the other process; the text is its traceback, for the log."""


@dataclass(frozen=True)
class _Request:
    """What is asked of the other process; until the answer has ended, nothing but to stop."""

    what: Literal["load", "compare", "offers", "stop"]
    recipe: Recipe | None = None
    arms: tuple[Arm, ...] = ARMS


@dataclass(frozen=True)
class _End:
    """Nothing more comes for this request; `problem` is what it failed with."""

    problem: Exception | None = None
    offers: tuple[Offer, ...] = ()
    step_s: float | None = None


class WorkshopProcess:
    """What `Workshop` does, done in another process: started when first needed, it ends with this one.

    If it ended before, the next call starts another. May be called from several threads, which take turns.
    """

    def __init__(
        self, results: ResultStore | None = None, settings: WorkshopSettings = DEFAULT_SETTINGS
    ) -> None:
        self._results = results
        self._settings = settings
        # Not an RLock: a page may take a generator's steps from different threads.
        self._turn = threading.Lock()
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None
        self._answer_left = False  # the last request was stopped: the rest of its answer is still to come
        self._look_ups: LookUps | None = None

    def load(self, recipe: Recipe) -> float | None:
        """As `Workshop.load`.

        Raises: GenerationError, WorkshopFailed.
        """
        return self._end_of(_Request("load", recipe)).step_s

    def offers(self) -> tuple[Offer, ...]:
        """As `Workshop.offers`; waits until nothing is being made.

        Raises: GenerationError, WorkshopFailed.
        """
        return self._end_of(_Request("offers")).offers

    def compare(self, recipe: Recipe, arms: Sequence[Arm] = ARMS) -> Generator[Event | Waiting, None, None]:
        """As `Workshop.compare`, with signs of life before the first step.

        Closing the iterator returns at once and stops the other process within one step.

        Raises: GenerationError, WorkshopFailed.
        """
        yield from self._answer(_Request("compare", recipe, tuple(arms)))

    def stored(self, recipe: Recipe, arms: Sequence[Arm] = ARMS) -> StoredComparison | None:
        """As `Workshop.stored`, also while something is made; None too where that cannot be told at once."""
        look_ups = self._look_ups
        return look_ups.stored(recipe, tuple(arms)) if look_ups else None

    def _end_of(self, request: _Request) -> _End:
        answer = self._answer(request)
        while True:
            try:
                next(answer)
            except StopIteration as end:
                return end.value

    def _answer(self, request: _Request) -> Generator[Event | Waiting, None, _End]:
        while not self._turn.acquire(timeout=SIGN_OF_LIFE_S):
            yield Waiting()
        try:
            end = yield from self._asked(self._connect(), request)
        finally:
            self._turn.release()
        if end.problem:
            raise end.problem
        return end

    def _asked(self, connection: Connection, request: _Request) -> Generator[Event | Waiting, None, _End]:
        try:
            while self._answer_left:
                self._answer_left = not isinstance((yield from _received(connection)), _End)
            connection.send(request)
            self._answer_left = True
            while not isinstance(answer := (yield from _received(connection)), _End):
                yield answer
            self._answer_left = False
            return answer
        except GeneratorExit:
            # Its end is not waited for: whoever closes a page's iterator may be who serves all pages.
            with suppress(OSError):
                connection.send(_Request("stop"))
            raise
        except (EOFError, OSError) as lost:  # the connection's: any other problem comes with an _End
            raise self._ended() from lost

    def _connect(self) -> Connection:
        if self._process is None or self._connection is None or not self._process.is_alive():
            self._log_end()
            self._process, self._connection, self._look_ups = _start(self._results, self._settings)
            self._answer_left = False
        return self._connection

    def _log_end(self) -> None:
        if self._process is not None:
            log.error("The process that makes the portraits ended: exit code %s", self._process.exitcode)

    def _ended(self) -> WorkshopEnded:
        assert self._process is not None
        self._process.join(LAST_WORDS_S)
        self._process.kill()  # or it would be asked again, and nothing heard of it
        self._process.join()
        return WorkshopEnded(
            "The process that makes the portraits has ended, perhaps because memory ran out: ask again, and "
            "another one is started."
        )


def _received(connection: Connection) -> Generator[Waiting, None, Event | _End]:
    while not connection.poll(SIGN_OF_LIFE_S):
        yield Waiting()
    answer: Event | _End = connection.recv()
    return answer


def _start(
    results: ResultStore | None, settings: WorkshopSettings
) -> tuple[BaseProcess, Connection, LookUps]:
    # Not forked: a copy of a process with threads may hang, and CUDA cannot be used in one.
    context = get_context("spawn")
    (here, there), (aside, asked) = context.Pipe(), context.Pipe()
    given = (there, asked, results, settings)
    process = context.Process(target=_work, args=given, name=PROCESS, daemon=True)
    process.start()
    for end in (there, asked):
        end.close()  # or this end would not notice that the other one is gone
    return process, here, LookUps(aside)


def _work(
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

    def answer(self, request: _Request) -> None:
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
            end = _End(known)
        except Exception:
            end = _End(WorkshopFailed(format_exc()))
        self._connection.send(end)

    def stored(self, recipe: Recipe, arms: tuple[Arm, ...]) -> StoredComparison | None:
        """What is stored, asked from another thread; what is wrong is told to whoever has it made."""
        if "_workshop" not in vars(self):  # opening it takes seconds
            return None
        try:
            return self._workshop.stored(recipe, arms)
        except Exception:
            return None

    def _asked_once(self, request: _Request) -> _End:
        """What has one answer."""
        if request.what == "offers":
            return _End(offers=tuple(self._workshop.offers()))
        if request.what == "load" and request.recipe is not None:
            return _End(step_s=self._workshop.load(request.recipe))
        return _End()

    def _events(self, request: _Request) -> Generator[Event | Waiting, None, None]:
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
