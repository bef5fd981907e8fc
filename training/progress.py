"""A bar while a run goes on, where someone looks at it; lines go above it, or to the log."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

Say = Callable[[str], None]  # where lines for people go


@contextmanager
def progress_bar(steps: int, done: int, shown: bool) -> Iterator[tqdm]:
    """A bar of steps on the terminal; nothing where the output is no terminal, or not `shown`."""
    with tqdm(
        total=steps,
        initial=done,
        unit="step",
        dynamic_ncols=True,
        leave=False,
        file=sys.stderr,
        disable=None if shown else True,  # None: decided by whether it is a terminal
    ) as bar:
        yield bar


def write_line(line: str) -> None:
    """Print a line at once, above a bar if there is one."""
    # Unbuffered, so that a run watched through a pipe or a log shows every line as it happens.
    with tqdm.external_write_mode(file=sys.stdout):
        print(line, flush=True)
