"""A Python environment with what a Space would have, and not one package more."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions, version
from pathlib import Path

from packaging.requirements import Requirement

PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"
# The versions that a Space gets: those that the front matter and this machine's tests are about.
OF_THE_IMAGE = ("gradio", "spaces", "huggingface_hub")
_NOT_NEEDED = shutil.ignore_patterns("site-packages", "test", "idlelib", "tkinter", "*.a", "*.opt-?.pyc")


def requirements_of_a_space(deployed: str) -> list[str]:
    """What its requirements.txt lists, with the PyTorch that is here, and what its image brings."""
    listed = [line for line in deployed.splitlines() if line and not line.startswith("#")]
    here = [f"torch=={version('torch')}" if line.startswith("torch==") else line for line in listed]
    return [*here, *(f"{name}=={version(name)}" for name in OF_THE_IMAGE)]


def open_python(folder: Path, user: int | None) -> Path:
    """An interpreter that the user may run: this one, or where its folder is closed to others, a copy."""
    own = Path(sys.executable).resolve()
    if reachable(own, user):
        return own
    base = Path(sys.base_prefix)
    shutil.copytree(base / "lib" / PYTHON, folder / "lib" / PYTHON, copy_function=link, ignore=_NOT_NEEDED)
    for library in (base / "lib").glob("libpython*"):
        link(library, folder / "lib" / library.name)
    (folder / "bin").mkdir()
    return Path(shutil.copy2(own, folder / "bin" / PYTHON))


def make_environment(python: Path, folder: Path) -> Path:
    """A new virtual environment, empty; gives its folder of packages."""
    subprocess.run([python, "-m", "venv", "--without-pip", folder], check=True)
    return folder / "lib" / PYTHON / "site-packages"


def install(requirements: Iterable[str], python: Path) -> None:
    """As a Space does it, from the package index or pip's cache of it."""
    # Not compiled: of what is installed, little is imported.
    pip = [sys.executable, "-m", "pip", f"--python={python}", "install", "--quiet", "--no-compile"]
    subprocess.run([*pip, *requirements], check=True)


def place_packages(requirements: Iterable[str], packages: Path, user: int | None) -> None:
    """What installing would bring, from what is installed here: what is required, and what that requires."""
    here = Path(str(distribution("pip").locate_file("")))
    bring = Path.symlink_to if reachable(here, user) else _link_all
    shared = _shared_folders()
    for found in closure(map(Requirement, requirements)):
        names = {Path(path) for path in _paths(found)}
        for name in {path if path.parts[0] in shared else Path(path.parts[0]) for path in names}:
            (packages / name).parent.mkdir(parents=True, exist_ok=True)
            bring(packages / name, here / name)


def reachable(path: Path, user: int | None) -> bool:
    """Whether a user may read a file or folder here, which depends on all folders above it."""
    return user is None or subprocess.run(["test", "-r", path], user=user, check=False).returncode == 0


def _paths(found: Distribution) -> list[str]:
    """What a distribution has put beside the others; no commands and manuals, which no module needs."""
    rows = (found.read_text("RECORD") or "").splitlines()
    return [path for row in rows if not (path := row.partition(",")[0].strip('"')).startswith("..")]


def _shared_folders() -> set[str]:
    """Folders that several distributions have put something into."""
    owned = Counter(
        top for found in distributions() for top in {path.split("/")[0] for path in _paths(found)}
    )
    return {top for top, owners in owned.items() if owners > 1}


def closure(requirements: Iterable[Requirement]) -> Iterator[Distribution]:
    """Each distribution once; what is not installed here is an extra that nobody asked for here."""
    seen: set[tuple[str, str]] = set()
    given: set[str] = set()
    waiting = list(requirements)
    while waiting:
        wanted = waiting.pop()
        name = re.sub(r"[-_.]+", "-", wanted.name).lower()
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue
        if name not in given:
            given.add(name)
            yield found
        for extra in {"", *wanted.extras} - {extra for known, extra in seen if known == name}:
            seen.add((name, extra))
            required = map(Requirement, found.requires or ())
            waiting += [
                each for each in required if not each.marker or each.marker.evaluate({"extra": extra})
            ]


def link(source: str | Path, target: str | Path) -> None:
    """The same file at another place, without a copy where the disk can."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _link_all(target: Path, source: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, copy_function=link)
    else:
        link(source, target)
