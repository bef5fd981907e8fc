"""How far a comparison is, for a shell: one line, however its portraits are made."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from typing import TextIO

from generation.events import Arm, Progress

LIVE_S = 0.1  # the least time between two states of a terminal's line
LOGGED_S = 5.0  # and between two lines of a file
_NAMES: dict[Arm, str] = {"vanilla": "vanilla", "fine_tuned": "fine-tuned"}


class ProgressLine:
    """Says the step of each of the `arms`; a terminal's line is written over, a file gets a few."""

    def __init__(
        self,
        arms: Sequence[Arm],
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream = stream or sys.stderr
        self._clock = clock
        self._done: dict[Arm, int] = dict.fromkeys(arms, 0)
        self._told_s: float | None = None

    def show(self, progress: Progress) -> None:
        """Take in a step, and tell of it if the last line is old enough, or if it is the last step."""
        self._done[progress.arm] = progress.step
        done = set(self._done.values()) == {progress.steps}
        live, now = self._stream.isatty(), self._clock()
        recent = self._told_s is not None and now - self._told_s < (LIVE_S if live else LOGGED_S)
        if recent and not done:
            return
        self._told_s = now
        each = ", ".join(f"{_NAMES[arm]} {step}/{progress.steps}" for arm, step in self._done.items())
        line = f"{each} steps, {progress.seconds_left:,.1f} s left"
        last = done or not live
        print(f"\r{line:<60}" if live else line, end="\n" if last else "", file=self._stream, flush=True)
