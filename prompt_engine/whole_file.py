"""Files that are either the old one or the new one, whatever happens while they are written."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EINVAL, EISDIR
from pathlib import Path


@contextmanager
def replacing(path: Path, lasting: bool = True) -> Iterator[Path]:
    """Give an empty file beside `path` to write to; it takes the place of `path` only when all went well.

    Not `lasting`, nothing waits for the disk: after a power cut the file may be empty, or cut short.
    A link stays: what it leads to is replaced. The mode is the one from before, else what the umask leaves.

    Raises:
        OSError: the folder does not exist or cannot be written, or `path` is a folder, a device or a pipe.
    """
    asked, path = path, Path(os.path.realpath(path))
    before = _mode(path)
    beside = path.with_name(f".{path.name}-{secrets.token_hex(4)}.tmp")
    try:
        beside.touch(exist_ok=False)
        mode = before if before is not None else stat.S_IMODE(beside.stat().st_mode)
        beside.chmod(mode | stat.S_IWUSR)
        yield beside
        beside.chmod(mode)  # again: whoever wrote may have put a file of its own there
        if lasting:
            _flush(beside)
        beside.replace(path)
        if lasting:
            _flush(path.parent)
    except OSError as error:
        if str(error.filename) == str(beside):
            error.filename = str(asked)  # nobody knows the other one
        raise
    finally:
        with suppress(NotADirectoryError):
            beside.unlink(missing_ok=True)


def _mode(path: Path) -> int | None:
    """The permissions of a regular file; None when nothing is there."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(EISDIR, "it is a folder", str(path))
    if not stat.S_ISREG(mode):
        raise OSError(EINVAL, "it is a device or a pipe, not a file", str(path))
    return stat.S_IMODE(mode)


def _flush(path: Path) -> None:
    # Renaming before the bytes are on the disk can leave an empty file after a power cut.
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
