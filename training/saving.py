"""What is said when a file of a run cannot be saved: which one, what it takes, and how to go on."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError

from training.errors import RunError
from training.preparation.progress import render_bytes


@contextmanager
def saving(path: Path, size_bytes: int) -> Iterator[None]:
    """Around writing a file of about that size, which leaves the file from before where it fails.

    Raises:
        RunError: the disk is full, or cannot be written; safetensors has an error of its own for that.
    """
    try:
        yield
    except (SafetensorError, OSError) as error:
        free = shutil.disk_usage(nearest_folder(path)).free
        raise RunError(
            f"{path} cannot be saved ({_reason(error)}): it takes {render_bytes(size_bytes)}, and "
            f"{render_bytes(free)} are free in {nearest_folder(path)}; what was saved before is still there, "
            "so make room, or move run.output to a larger disk, and go on with --resume"
        ) from error


def nearest_folder(path: Path) -> Path:
    """The folder that `path` lies in, or will, as far as it is there."""
    return next(each for each in path.absolute().parents if each.is_dir())


def _reason(error: Exception) -> str:
    said = error.strerror if isinstance(error, OSError) else None
    return said or str(error).rpartition("error: ")[2]  # safetensors puts before it where it came up
