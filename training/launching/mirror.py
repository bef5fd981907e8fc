"""A folder of this machine and its copy in a mounted bucket, which takes whole files and nothing else.

A run appends to files, renames them and maps them into memory. A bucket is no disk: what is mounted may take
no appending, and reads come over the network. So the run works on a disk, and the bucket is kept in step.
Source: github.com/huggingface/hf-mount, README, "Consistency model".
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

# A run goes on from these: what was written before them has to be there first.
LAST = "checkpoints"
State = tuple[int, int]


class Mirror:
    """One folder and its copy; `bring` once, then `keep` as often as one likes."""

    def __init__(self, here: Path, copy: Path) -> None:
        self._here, self._copy = here, copy
        self._kept: dict[Path, State] = {}

    def bring(self) -> int:
        """Copy everything here; give the number of files."""
        for path in _files(self._copy):
            _copy_whole(self._copy / path, self._here / path)
            self._kept[path] = _state(self._here / path)
        return len(self._kept)

    def keep(self) -> None:
        """Copy what is new or changed, and remove what is gone.

        Raises:
            OSError: something could not be copied; the next call tries it again.
        """
        # A row of a log that is older than a checkpoint is in the log by now: the log is copied first.
        states = _files(self._here)
        order = sorted(states, key=lambda path: (LAST in path.parts, path))
        changed = [path for path in order if self._kept.get(path) != states[path]]
        gone = [path for path in changed if not self._keep_one(path, states[path])]
        if not gone:  # else an old checkpoint would go although the one that followed it never came
            self._remove(self._kept.keys() - states.keys())

    def _keep_one(self, path: Path, state: State) -> bool:
        """Copy one file; False where it is gone meanwhile, as old checkpoints are."""
        try:
            _copy_whole(self._here / path, self._copy / path)
        except FileNotFoundError:
            if (self._here / path).exists():
                raise
            return False
        self._kept[path] = state
        return True

    def _remove(self, paths: Iterable[Path]) -> None:
        for path in list(paths):
            (self._copy / path).unlink(missing_ok=True)
            del self._kept[path]


def _files(folder: Path) -> dict[Path, State]:
    """Every file by its path in the folder, with size and time; without those that are being written."""
    found = {}
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not _unfinished(name)]
        for path in (Path(root, name) for name in names if not _unfinished(name)):
            with suppress(FileNotFoundError):  # removed meanwhile
                found[path.relative_to(folder)] = _state(path)
    return found


def _unfinished(name: str) -> bool:
    return name.startswith(".") and name.endswith(".tmp")


def _state(path: Path) -> State:
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def _copy_whole(source: Path, target: Path) -> None:
    # Beside, then renamed: whoever is killed while copying leaves no half file under a good name.
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.tmp")
    shutil.copyfile(source, beside)
    beside.replace(target)
