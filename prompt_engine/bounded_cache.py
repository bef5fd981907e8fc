"""Files that were fetched once, kept on disk up to a size; the ones used least recently go first."""

from __future__ import annotations

import logging
import os
import threading
from contextlib import suppress
from pathlib import Path

from prompt_engine.file_times import past
from prompt_engine.whole_file import replacing

_LOG = logging.getLogger(__name__)
_SUFFIX = ".bin"  # no other file in the folder is counted or removed
_UNCOUNTED_SHARE = 0.05  # of the limit: after writing so much, the folder is counted again
_KEPT_SHARE = 0.9  # of the limit, after files were removed


class BoundedCache:
    """Bytes by key, below one folder; several threads and processes may share it.

    Every process counts the folder now and then, so for a while it may exceed the limit a little. After a
    power cut, what was put just before may be cut short: whoever gets it checks it, and removes it then.
    """

    def __init__(self, folder: Path, limit_mb: float = 500) -> None:
        self._folder = folder
        self._limit = int(limit_mb * 1_000_000)
        self._uncounted = self._limit  # so that the first write counts
        self._counting = threading.Lock()
        self._told = False

    def get(self, key: str) -> bytes | None:
        """What is kept under a key, such as `owner--name/12`; None where nothing is."""
        path = self._path(key)
        try:
            data = path.read_bytes()
        except OSError:
            return None
        with suppress(OSError):  # a cache that can only be read is as good
            os.utime(path)
        return data or None  # empty: a power cut came before the bytes were on the disk

    def put(self, key: str, data: bytes) -> None:
        """Keep something; where that is impossible it is fetched again next time."""
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path, lasting=False) as beside:
                beside.write_bytes(data)
        except OSError as error:
            if not self._told:
                _LOG.warning("Nothing can be kept in %s (%s); it is fetched again when needed.", path, error)
            self._told = True
            return
        with self._counting:
            self._uncounted += len(data)
            if self._uncounted > _UNCOUNTED_SHARE * self._limit:
                self._trim()
                self._uncounted = 0

    def remove(self, key: str) -> None:
        """Forget what is kept under a key, if anything is."""
        with suppress(OSError):
            self._path(key).unlink()

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}{_SUFFIX}"

    def _trim(self) -> None:
        files = sorted(self._files())
        size = sum(size for _, size, _ in files)
        if size <= self._limit:
            return
        for _, bytes_held, path in files:
            with suppress(OSError):  # another process may have been quicker
                Path(path).unlink()
            size -= bytes_held
            if size <= _KEPT_SHARE * self._limit:
                return

    def _files(self) -> list[tuple[float, int, str]]:
        """When each file was last used, its size and its path; half-written ones that were left too."""
        found = []
        for folder, _, names in os.walk(self._folder):
            for name in names:
                if name.endswith((_SUFFIX, ".tmp")):
                    path = os.path.join(folder, name)  # noqa: PTH118 - there may be 100,000 of them
                    with suppress(OSError):
                        status = os.stat(path)  # noqa: PTH116
                        found.append((past(status.st_mtime), status.st_size, path))
        return found
