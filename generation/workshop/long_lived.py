"""Keeps Python's garbage collector from what is loaded once and stays."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def long_lived() -> Iterator[None]:
    """Let the collector rest while loading, a fifth of whose time it takes.

    Afterwards it leaves alone all that this process holds by then.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()
