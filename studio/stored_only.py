"""What is stored and nothing made: how whoever asks for portraits says so to whoever gives them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_wanted: ContextVar[bool] = ContextVar("stored_only", default=False)


class NotStored(BaseException):
    """Something would have to be made. No `Exception`: it is no problem that a handler should tell of."""


@contextmanager
def stored_only() -> Iterator[None]:
    """Within, what is not stored raises `NotStored`."""
    token = _wanted.set(True)
    try:
        yield
    finally:
        _wanted.reset(token)


def wants_stored_only() -> bool:
    """Whether that is what whoever calls wants."""
    return _wanted.get()
