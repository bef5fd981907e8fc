"""Of the same thing asked for by several at once, one is made; the others wait, and find it made."""

from __future__ import annotations

from collections.abc import Generator
from threading import Condition

from generation.events import SIGN_OF_LIFE_S, Waiting


class InFlight:
    """What is being made at present, by its key. A turn may be ended by another thread than took it."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._keys: set[str] = set()

    def begin(self, key: str) -> Generator[Waiting, None, None]:
        """Wait until nobody makes this, with signs of life; then it is the caller's, until `end`."""
        while not self._took(key):
            yield Waiting()

    def end(self, key: str) -> None:
        """Let the next one begin."""
        with self._changed:
            self._keys.discard(key)
            self._changed.notify_all()

    def _took(self, key: str) -> bool:
        with self._changed:
            if self._changed.wait_for(lambda: key not in self._keys, SIGN_OF_LIFE_S):
                self._keys.add(key)
                return True
            return False
