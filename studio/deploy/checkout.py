"""The commit that is checked out here: a commit is deployed, never what happens to lie in a folder."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from studio.deploy.errors import DeployRefused


@dataclass(frozen=True)
class Commit:
    """One commit of this repository: `tracked` are all paths in it, `uncommitted` those changed since."""

    sha: str
    folder: Path
    tracked: frozenset[str]
    uncommitted: tuple[str, ...]

    def read(self, wanted: Callable[[str], bool]) -> Mapping[str, bytes]:
        """The wanted files as the commit has them."""
        paths = sorted(filter(wanted, self.tracked))
        archive = _git(self.folder, "archive", "--format=tar", self.sha, "--", *paths)
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            opened = {member.name: files.extractfile(member) for member in files if member.isfile()}
            return {path: content.read() for path, content in opened.items() if content}


def read_checkout(folder: Path) -> Commit:
    """The commit of a folder that git knows.

    Raises:
        DeployRefused: there is no git, or no commit.
    """
    sha = _git(folder, "rev-parse", "HEAD").decode().strip()
    tracked = _git(folder, "ls-tree", "-r", "-z", "--name-only", "--full-tree", sha).decode()
    changed = _git(folder, "diff", "--name-only", "-z", sha).decode()
    return Commit(sha, folder, frozenset(_names(tracked)), tuple(_names(changed)))


def _names(listed: str) -> list[str]:
    return [name for name in listed.split("\0") if name]


def _git(folder: Path, *arguments: str) -> bytes:
    try:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise DeployRefused(
            f"{folder} is no git checkout with a commit, and a commit is what is deployed: clone the "
            "repository."
        ) from error
    return done.stdout
