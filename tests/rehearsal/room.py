"""A room like a Space's: its own code, packages, home and user, and hardly a place to write to."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from studio.deploy.contents import Files

NOBODYS = 48_123  # a user of no other program: whatever is his was written here
ALL_MAY_WRITE = (Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"))


@dataclass(frozen=True)
class Room:
    """Its folders: `code` cannot be written, `home` but for its cache neither; `user` is None for oneself."""

    folder: Path
    user: int | None

    @property
    def code(self) -> Path:
        return self.folder / "app"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def cache(self) -> Path:
        return self.home / ".cache"

    @property
    def temporary(self) -> Path:
        return self.folder / "tmp"

    @property
    def environment(self) -> Path:
        return self.folder / "venv"

    @property
    def python(self) -> Path:
        return self.environment / "bin" / "python"

    def fill(self, files: Files) -> None:
        """Lay the code as a Space has it."""
        for path, content in files.items():
            target = self.code / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content if isinstance(content, bytes) else content.read_bytes())

    def close(self) -> None:
        """From now on only temporary files and the cache can be written, and by the user alone."""
        for folder in (self.temporary, self.cache):
            folder.mkdir(parents=True)
            folder.chmod(0o700)
            if self.user is not None:
                os.chown(folder, self.user, self.user)
        for folder in (self.code, self.home, self.environment):
            _forbid_writing(folder, but=self.cache)

    def written(self) -> dict[Path, float]:
        """Everything in the room that lies where nothing may be written, with its time."""
        may = (self.temporary, self.cache)
        paths = (path for path in self.folder.rglob("*") if not any(map(path.is_relative_to, may)))
        return {path: path.lstat().st_mtime_ns for path in paths if path.name != "__pycache__"}

    def start(self, environ: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
        """Start the app as a Space does, with nothing of this machine's environment."""
        rights = {} if self.user is None else {"user": self.user, "group": self.user, "extra_groups": []}
        own = {
            "PATH": f"{self.environment / 'bin'}:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "HOME": str(self.home),
            "TMPDIR": str(self.temporary),
            "LD_LIBRARY_PATH": str(self.folder / "python" / "lib"),
        }
        with log.open("wb") as messages:
            return subprocess.Popen(
                [self.python, "app.py"],
                cwd=self.code,
                env={**own, **environ},
                stdin=subprocess.DEVNULL,
                stdout=messages,
                stderr=subprocess.STDOUT,
                **rights,  # type: ignore[arg-type]
            )


@contextmanager
def opened_room() -> Iterator[Room]:
    """A room, emptied at the end; for another user where that can be chosen here, which is said where not."""
    user = NOBODYS if os.geteuid() == 0 else None
    if user is None:
        warnings.warn(
            "This is not root: the app runs as this user, in folders without a right to write.", stacklevel=2
        )
    # Not pytest's folder, which no other user may enter.
    folder = Path(tempfile.mkdtemp(prefix="space-"))
    folder.chmod(0o755)
    try:
        yield Room(folder, user)
    finally:
        _allow_writing(folder)
        shutil.rmtree(folder)


def strays(user: int, room: Path) -> list[Path]:
    """What a user has left where everybody may write, outside the room."""
    return [
        path
        for place in ALL_MAY_WRITE
        for path in place.glob("*")
        if path != room and path.lstat().st_uid == user
    ]


def _forbid_writing(folder: Path, but: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if path.is_dir() and not path.is_symlink() and path != but:
            path.chmod(0o555)


def _allow_writing(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)
