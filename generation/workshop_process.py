"""A workshop in a process of its own: whoever serves a page goes on answering while it loads and works."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from multiprocessing import get_context, parent_process
from multiprocessing.managers import BaseManager, BaseProxy
from traceback import format_exc
from typing import Any

from generation.errors import GenerationError, ModelUnavailable
from generation.events import Event
from generation.open_workshop import open_workshop
from generation.recipe import Recipe
from generation.results import ResultStore

ENDED = (
    "The process that makes the portraits has ended, perhaps because memory ran out: ask again, and another "
    "one is started."
)


class WorkshopFailed(RuntimeError):
    """Something unforeseen in the other process; the text is its traceback, for the log."""


class WorkshopProcess:
    """What `Workshop` does, done in another process: started when first needed, it ends with this one.

    If it ended before, the next call starts another. May be called from several threads.
    """

    def __init__(self, results: ResultStore | None = None) -> None:
        self._results = results
        self._starting = threading.Lock()
        self._started: tuple[BaseManager, Any] | None = None

    def load(self, recipe: Recipe) -> None:
        """As `Workshop.load`.

        Raises: GenerationError, WorkshopFailed.
        """
        with self._worker() as worker:
            worker.load(recipe)

    def compare(self, recipe: Recipe) -> Generator[Event, None, None]:
        """As `Workshop.compare`; closing the iterator stops the other process within one step.

        Raises: GenerationError, WorkshopFailed.
        """
        with self._worker() as worker, closing(worker.compare(recipe)) as events:
            yield from events

    @contextmanager
    def _worker(self) -> Iterator[Any]:
        started = None
        try:
            started = self._start()
            yield started[1]
        except (EOFError, OSError) as lost:  # the worker's own errors arrive as other classes
            with self._starting:
                if self._started is started:
                    self._started = None
            raise ModelUnavailable(ENDED) from lost

    def _start(self) -> tuple[BaseManager, Any]:
        with self._starting:
            if self._started is None:
                # Not forked: a copy of a process with threads may hang, and CUDA cannot be used in one.
                manager = _Manager(ctx=get_context("spawn"))
                manager.start(_end_with_parent)
                self._started = manager, manager.worker(self._results)
            return self._started


class _Worker:
    """The other process's end: whatever fails there is told in classes that can travel."""

    def __init__(self, results: ResultStore | None) -> None:
        self._workshop = open_workshop(results)
        import torch

        # One core is for whoever asked: threads that wait for one that lost its core make nothing faster.
        torch.set_num_threads(max(1, torch.get_num_threads() - 1))

    def load(self, recipe: Recipe) -> None:
        with _told():
            self._workshop.load(recipe)

    def compare(self, recipe: Recipe) -> Generator[Event, None, None]:
        with _told():
            yield from self._workshop.compare(recipe)


class _Events(BaseProxy):
    """This end of an iterator over there."""

    _exposed_ = ("__next__", "close")

    def __iter__(self) -> _Events:
        return self

    def __next__(self) -> Event:
        return self._call("__next__")

    def close(self) -> None:
        self._call("close")

    def _call(self, name: str) -> Any:
        return self._callmethod(name)  # type: ignore[func-returns-value]


class _Manager(BaseManager):
    """Serves one worker; what it gives out are stand-ins that call over a local socket."""

    worker: Any  # made by `register`


_Manager.register("worker", _Worker, exposed=("load", "compare"), method_to_typeid={"compare": "events"})
_Manager.register("events", proxytype=_Events, create_method=False)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except GenerationError:
        raise
    except Exception:
        raise WorkshopFailed(format_exc()) from None


def _end_with_parent() -> None:
    """However the parent ends, even killed, this process ends too."""
    parent = parent_process()
    assert parent is not None

    def wait() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, name="end-with-parent", daemon=True).start()
