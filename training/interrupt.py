"""Ctrl+C between two steps instead of in the middle of one."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

STOPPING = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def noticing_interrupts() -> Iterator[threading.Event]:
    """Give an event that Ctrl+C or a polite kill sets; a second one stops at once, as usual."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return
    before = {number: signal.getsignal(number) for number in STOPPING}

    def notice(_number: int, _frame: FrameType | None) -> None:
        asked.set()
        _restore(before)

    for number in STOPPING:
        signal.signal(number, notice)
    try:
        yield asked
    finally:
        _restore(before)


def _restore(handlers: dict[signal.Signals, Any]) -> None:
    for number, handler in handlers.items():
        signal.signal(number, handler)
