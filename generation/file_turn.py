"""One at a time among all processes of a machine; the system takes the turn from whoever is killed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from generation.events import SIGN_OF_LIFE_S

POLL_S = 0.02


@contextmanager
def turn_at(path: Path) -> Iterator[Callable[[], bool]]:
    """Give what waits a moment for the turn and says whether it has come; the turn ends with the context.

    Threads may take it over from each other, as a page takes a generator's steps from different ones.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, thread_local=False)

    def came() -> bool:
        try:
            lock.acquire(timeout=SIGN_OF_LIFE_S, poll_interval=POLL_S)
        except Timeout:
            return False
        return True

    try:
        yield came
    finally:
        if lock.is_locked:
            path.unlink(missing_ok=True)  # still in turn: who waits for this file looks for it anew
            lock.release()
