"""What some work in a workshop ends with, for commands that wait for it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing

from generation.events import Comparison, Event, Finished, Progress, Waiting


def finished(
    events: Generator[Event | Waiting, None, None], tell: Callable[[Progress], None] | None = None
) -> Comparison:
    """The comparison; `tell` is given the progress of each step."""
    with closing(events):
        for event in events:
            if isinstance(event, Finished):
                return event.comparison
            if tell and isinstance(event, Progress):
                tell(event)
    raise AssertionError("a comparison ends with its result")
