"""A workshop in a process of its own: whoever serves a page goes on answering while it loads and works."""

from __future__ import annotations

import logging
import threading
from collections.abc import Generator, Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING

from generation.errors import WorkshopEnded
from generation.events import ARMS, SIGN_OF_LIFE_S, Arm, Event, Waiting
from generation.recipe import Recipe
from generation.results import ResultStore, StoredComparison
from generation.workshop.look_ups import LookUps
from generation.workshop.settings import DEFAULT_SETTINGS, WorkshopSettings
from generation.workshop.worker import End, Request, work

if TYPE_CHECKING:
    from generation.loading.machine import Offer

PROCESS = "workshop"  # its name among the children of this process
LAST_WORDS_S = 5  # how long a process that has closed its connection may take to end

log = logging.getLogger(__name__)


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
        return self._end_of(Request("load", recipe)).step_s

    def offers(self) -> tuple[Offer, ...]:
        """As `Workshop.offers`; waits until nothing is being made.

        Raises: GenerationError, WorkshopFailed.
        """
        return self._end_of(Request("offers")).offers

    def compare(self, recipe: Recipe, arms: Sequence[Arm] = ARMS) -> Generator[Event | Waiting, None, None]:
        """As `Workshop.compare`, with signs of life before the first step.

        Closing the iterator returns at once and stops the other process within one step.

        Raises: GenerationError, WorkshopFailed.
        """
        yield from self._answer(Request("compare", recipe, tuple(arms)))

    def stored(self, recipe: Recipe, arms: Sequence[Arm] = ARMS) -> StoredComparison | None:
        """As `Workshop.stored`, also while something is made; None too where that cannot be told at once."""
        look_ups = self._look_ups
        return look_ups.stored(recipe, tuple(arms)) if look_ups else None

    def _end_of(self, request: Request) -> End:
        answer = self._answer(request)
        while True:
            try:
                next(answer)
            except StopIteration as end:
                return end.value

    def _answer(self, request: Request) -> Generator[Event | Waiting, None, End]:
        while not self._turn.acquire(timeout=SIGN_OF_LIFE_S):
            yield Waiting()
        try:
            end = yield from self._asked(self._connect(), request)
        finally:
            self._turn.release()
        if end.problem:
            raise end.problem
        return end

    def _asked(self, connection: Connection, request: Request) -> Generator[Event | Waiting, None, End]:
        try:
            while self._answer_left:
                self._answer_left = not isinstance((yield from _received(connection)), End)
            connection.send(request)
            self._answer_left = True
            while not isinstance(answer := (yield from _received(connection)), End):
                yield answer
            self._answer_left = False
            return answer
        except GeneratorExit:
            # Its end is not waited for: whoever closes a page's iterator may be who serves all pages.
            with suppress(OSError):
                connection.send(Request("stop"))
            raise
        except (EOFError, OSError) as lost:  # the connection's: any other problem comes with an End
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


def _received(connection: Connection) -> Generator[Waiting, None, Event | End]:
    while not connection.poll(SIGN_OF_LIFE_S):
        yield Waiting()
    answer: Event | End = connection.recv()
    return answer


def _start(
    results: ResultStore | None, settings: WorkshopSettings
) -> tuple[BaseProcess, Connection, LookUps]:
    # Not forked: a copy of a process with threads may hang, and CUDA cannot be used in one.
    context = get_context("spawn")
    (here, there), (aside, asked) = context.Pipe(), context.Pipe()
    given = (there, asked, results, settings)
    process = context.Process(target=work, args=given, name=PROCESS, daemon=True)
    process.start()
    for end in (there, asked):
        end.close()  # or this end would not notice that the other one is gone
    return process, here, LookUps(aside)
