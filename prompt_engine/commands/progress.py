"""A bar for what takes longer than two seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any


def with_progress(total: int, unit: str = "images") -> Callable[[Iterable[Any]], Iterable[Any]]:
    """What passes items on and, where a person watches, tells by a bar how many of them are done."""
    from tqdm import tqdm

    return partial(tqdm, total=total, unit=f" {unit}", delay=2, leave=False, disable=None)


def watch_files(files: Iterable[Any], number: int) -> Iterable[Any]:
    """Files that are passed on one after another, with such a bar."""
    return with_progress(number, "files")(files)
