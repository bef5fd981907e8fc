"""Which images of an attribute list lie in a folder: one byte an image, since there are 202,599 of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from prompt_engine.errors import FaceSourceError

_SUFFIXES = (b".jpg", b".jpeg", b".png")
_BATCH = 20_000  # names held at once

Names = npt.NDArray[np.bytes_]


@dataclass(frozen=True)
class ImageFolder:
    """The images of a folder by row; the list always says .jpg, also for PNG files, so the stems decide."""

    folder: Path
    names: Names  # as in the attribute list
    suffixes: tuple[str, ...]  # those in use, as they are written
    kinds: npt.NDArray[np.uint8]  # (n,): the place of its suffix in `suffixes`, from 1; 0 where it is missing

    @classmethod
    def list(cls, folder: Path, names: Names) -> ImageFolder:
        """Look for every name once.

        Raises:
            FaceSourceError: the folder cannot be read.
        """
        stems = file_stems(names)
        order = np.argsort(stems, kind="stable")
        kinds = np.zeros(len(names), dtype=np.uint8)
        found = _list_files(folder)
        # Of two files with one stem the first suffix counts, so that is written last.
        suffixes = sorted(found, key=lambda suffix: (_SUFFIXES.index(suffix.lower()), suffix))[:255]
        for kind, suffix in reversed(list(enumerate(suffixes, start=1))):
            for batch in found[suffix]:
                kinds[order[_places(stems[order], batch)]] = kind
        return cls(folder, names, tuple(map(os.fsdecode, suffixes)), kinds)

    @cached_property
    def there(self) -> npt.NDArray[np.bool_]:
        """Whether the image of each row is there."""
        return self.kinds > 0

    def path(self, row: int) -> Path:
        """Where the image of a row lies.

        Raises:
            FaceSourceError: there is none.
        """
        if not 0 <= row < len(self.kinds):
            raise FaceSourceError(f"There is no image number {row} in the list: choose one of ids().")
        kind, stem = int(self.kinds[row]), file_stems(self.names[row : row + 1])[0].decode()
        if not kind:
            raise FaceSourceError(f"There is no image number {row} ({stem}) in the folder: choose another.")
        return self.folder / (stem + self.suffixes[kind - 1])

    def fingerprint(self) -> str:
        """The folder, the number and size of all its files, and when the newest was written: a second's work.

        Raises:
            FaceSourceError: the folder cannot be read.
        """
        files = size_bytes = newest_ns = 0
        try:
            with os.scandir(self.folder) as entries:
                for about in (entry.stat() for entry in entries if entry.is_file()):
                    files, size_bytes = files + 1, size_bytes + about.st_size
                    newest_ns = max(newest_ns, about.st_mtime_ns)
        except OSError as error:
            raise _not_listed(self.folder, error) from error
        return f"{self.folder.resolve()} {files} {size_bytes} {newest_ns}"


def file_stems(names: Names) -> Names:
    """File names without folder and suffix."""
    if (np.char.find(names, b"/") >= 0).any():
        names = np.char.rpartition(names, b"/")[:, 2]
    parts = np.char.rpartition(names, b".")
    return np.where(parts[:, 0] == b"", names, parts[:, 0])


def _list_files(folder: Path) -> dict[bytes, list[Names]]:
    """The stems of all image files by suffix, in batches."""
    found: dict[bytes, list[Names]] = {}
    for names in _batches(folder):
        by_suffix: dict[bytes, list[bytes]] = {}
        for stem, suffix in map(os.path.splitext, names):
            if suffix.lower() in _SUFFIXES:
                by_suffix.setdefault(suffix, []).append(stem)
        for suffix, stems in by_suffix.items():
            found.setdefault(suffix, []).append(np.array(stems, dtype=np.bytes_))
    return found


def _batches(folder: Path) -> Iterator[list[bytes]]:
    # As bytes, because names that are no text exist too.
    try:
        with os.scandir(os.fsencode(folder)) as entries:
            while names := [entry.name for entry in islice(entries, _BATCH)]:
                yield names
    except OSError as error:
        raise _not_listed(folder, error) from error


def _not_listed(folder: Path, error: OSError) -> FaceSourceError:
    return FaceSourceError(f"The image folder {folder} cannot be listed ({error.strerror or error}).")


def _places(ordered: Names, wanted: Names) -> npt.NDArray[np.intp]:
    """Where those of `wanted` that are among the ordered stand."""
    places = np.searchsorted(ordered, wanted).clip(max=len(ordered) - 1)
    return places[ordered[places] == wanted]
