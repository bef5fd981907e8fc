"""Which files a Space gets: those of a list, from a commit, and two that are written for it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from studio.deploy.checkout import Commit
from studio.deploy.errors import DeployRefused
from studio.deploy.front_matter import SpaceFacts, write_readme
from studio.deploy.requirements import PINNED, REQUIREMENTS, write_requirements
from studio.deploy.secret_scan import check_no_secret
from studio.deploy.variables import EMBEDDINGS_FOLDER, SpaceSettings

README = "README.md"
# Whatever is not named here stays here: tests, training, the bench, dot files.
FILES = frozenset({"app.py", "LICENSE", "NOTICE", README})
FOLDERS = ("assets/", "docs/", "generation/", "prompt_engine/", "studio/")  # docs: the README leads there
_SOURCES = frozenset({README, REQUIREMENTS, PINNED})
_NEVER = re.compile(r"^docs/site/|(^|/)(\.[^/]+|__pycache__|[^/]*\.(py[co]|tmp|log))(/|$)")
_PICTURE = re.compile(r"!\[[^\]]*\]\(([^)\s#]+)|<img\b[^>]*?\bsrc=[\"']([^\"']+)", re.IGNORECASE)


Files = Mapping[str, bytes | Path]


def gather_files(commit: Commit, facts: SpaceFacts, settings: SpaceSettings) -> Files:
    """What goes to a Space, by its path there.

    Raises:
        DeployRefused: a file holds a secret, or README.md or requirements.txt cannot be used.
    """
    sources = {path: text.decode() for path, text in commit.read(_SOURCES.__contains__).items()}
    if missing := sorted(_SOURCES - sources.keys()):
        raise DeployRefused(f"The commit {commit.sha[:12]} has no {missing[0]}: deploy one that has it.")
    pictures = pictures_of(sources[README])
    files = dict(commit.read(lambda path: belongs(path) or path in pictures))
    thumbnail = next((path for path in pictures if path in files), facts.thumbnail)
    files[README] = write_readme(sources[README], replace(facts, thumbnail=thumbnail)).encode()
    files[REQUIREMENTS] = write_requirements(sources[REQUIREMENTS], sources[PINNED]).encode()
    check_no_secret(files, settings.secrets)
    everything: Files = {**files, **settings.sent}
    return dict(sorted(everything.items()))


def size_bytes(content: bytes | Path) -> int:
    return len(content) if isinstance(content, bytes) else content.stat().st_size


def is_ours(path: str, tracked: Iterable[str] = ()) -> bool:
    """Whether a file in a Space is of this project, as it is now or was pushed by git."""
    return belongs(path) or path == REQUIREMENTS or path.startswith(EMBEDDINGS_FOLDER) or path in tracked


def belongs(path: str) -> bool:
    """Whether a file of the repository goes to a Space as it is."""
    return (path in FILES or path.startswith(FOLDERS)) and not _NEVER.search(path)


def pictures_of(readme: str) -> list[str]:
    """The pictures of this repository that the README shows, in their order: without them it has holes."""
    named = [one or other for one, other in _PICTURE.findall(readme)]
    return [posixpath.normpath(path) for path in named if "://" not in path]
