"""The folder of what is uploaded and fetched: it never grows without end."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

MOST_BYTES = 1_000_000_000  # sixty of the largest: each is read within seconds, and of no use afterwards


def make_room(folder: Path, most_bytes: int = MOST_BYTES) -> None:
    """Remove what is too much, the oldest first.

    Gradio removes what is a day old, but not what was broken off, nor what many send within that day.
    """
    total = 0
    for place in sorted(_places(folder), key=_made_s, reverse=True):
        total += _bytes_in(place)
        if total > most_bytes:
            _remove(place)


def _places(folder: Path) -> list[Path]:
    with suppress(OSError):
        return list(folder.iterdir())
    return []


def _made_s(place: Path) -> float:
    with suppress(OSError):  # gone meanwhile
        return place.lstat().st_mtime
    return 0


def _bytes_in(place: Path) -> int:
    with suppress(OSError):
        if place.is_dir() and not place.is_symlink():
            return sum(file.lstat().st_size for file in place.rglob("*"))
        return place.lstat().st_size
    return 0


def _remove(place: Path) -> None:
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place, ignore_errors=True)
    else:
        with suppress(OSError):
            place.unlink()
