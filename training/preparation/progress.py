"""How far a long piece of work is: a line now and then, with rate and time left."""

from __future__ import annotations

import time

from training.metrics import render_duration
from training.progress import Say

FIRST_S, EVERY_S = 2.0, 10.0


class Progress:
    """Counts what is done and says so: as soon as a rate is known, then now and then, and at the end."""

    def __init__(self, what: str, unit: str, total: int, say: Say) -> None:
        self._what, self._unit, self._total, self._say = what, unit, total, say
        self._done = 0
        self._began = time.monotonic()
        self._next = self._began + FIRST_S

    def add(self, count: int) -> None:
        """Note that so many more are done."""
        self._done += count
        now = time.monotonic()
        if self._done >= self._total or now >= self._next:
            self._next = now + EVERY_S
            self._say(self._line(now - self._began))

    def _line(self, taken_s: float) -> str:
        rate = self._done / max(taken_s, 1e-6)
        left_s = (self._total - self._done) / rate
        left = f", about {render_duration(left_s)} left" if self._done < self._total else ""
        return f"{self._what}: {self._done:,} of {self._total:,} {self._unit}, {rate:.1f} a second{left}"


def render_bytes(count: float) -> str:
    """A size as a person says it: `3 MB`, `12.4 GB`."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"
