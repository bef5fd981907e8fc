"""The folder of the files that the page gives away: equal asks share one file, and its size is bounded."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from prompt_engine.file_times import past

KEPT_S = 3600  # a file that nobody has asked for so long is removed
MOST_BYTES = 200_000_000


@dataclass(frozen=True)
class ExportFolder:
    """Keeps each file in a folder of its own, whose name follows from what was asked for.

    The name is salted: nobody can work out where a file lies that the app has given to somebody else, now or
    in a run that was not open to strangers.
    """

    root: Path
    most_bytes: int = MOST_BYTES
    salt: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)

    def write_once(self, asked: Hashable, name: str, write: Callable[[Path], object]) -> Path:
        """The file for what was asked, named `name`; `write` makes it where it is not there yet.

        Raises:
            OSError: the folder cannot be written.
        """
        folder = self.root / sha256(f"{self.salt} {asked!r}".encode()).hexdigest()[:32]
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        if not path.exists():
            write(path)
        os.utime(folder)
        self._make_room(folder)
        return path

    def _make_room(self, newest: Path) -> None:
        """Remove what was asked for long ago, and what is too much, the oldest first; never the newest."""
        long_ago, total = time.time() - KEPT_S, _bytes_in(newest)
        for folder in sorted(
            (each for each in self.root.iterdir() if each != newest), key=_asked_s, reverse=True
        ):
            total += _bytes_in(folder)
            if total > self.most_bytes or _asked_s(folder) < long_ago:
                shutil.rmtree(folder, ignore_errors=True)


def _asked_s(folder: Path) -> float:
    return past(folder.stat().st_mtime)


def _bytes_in(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())
