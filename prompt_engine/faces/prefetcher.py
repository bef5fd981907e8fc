"""Work for later, done beside everything else: the newest task replaces the one before."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable

_LOG = logging.getLogger(__name__)

Steps = Callable[[], Iterable[None]]


class Prefetcher:
    """One thread that ends with the process, and never raises; it starts at the first task."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._task: Steps | None = None
        self._changed = threading.Condition()
        self._idle = True
        self._thread: threading.Thread | None = None

    def start(self, task: Steps) -> None:
        """Do this, step by step, and let go of what is being done after its next step."""
        with self._changed:
            self._task = task
            self._idle = False
            self._changed.notify_all()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()

    def wait(self, timeout_s: float) -> bool:
        """Wait until nothing is left to do; False when there still is."""
        with self._changed:
            return self._changed.wait_for(lambda: self._idle, timeout_s)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._idle = self._task is None
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._task is not None)
                task, self._task = self._task, None
            assert task is not None
            try:
                for _ in task():
                    if self._task is not None:
                        break
            except Exception as error:  # what is not fetched now is fetched when it is needed
                _LOG.info("Faces for later could not be fetched: %s", error)
