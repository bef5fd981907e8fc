"""A Hub on this machine that sells machines, and this repository's code where a job can fetch it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.hub_api.client import use_hub
from tests.hub_api.server import HubApi

PACKAGES = ("prompt_engine", "generation", "training")
CODE = "https://code.test"  # a Git host that everybody reads from
AUTHOR = ("-c", "user.name=test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false")


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder."""
    done = subprocess.run(
        ["git", *AUTHOR, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HubApi]:
    """The Hub that the client asks in this test."""
    with HubApi() as server:
        use_hub(server, monkeypatch, tmp_path)
        yield server


def git_settings(monkeypatch: pytest.MonkeyPatch, settings: Mapping[str, str]) -> None:
    """Have every git from here on go by these settings, as if the user had set them up."""
    monkeypatch.setenv("GIT_CONFIG_COUNT", str(len(settings)))
    for number, (key, value) in enumerate(settings.items()):
        monkeypatch.setenv(f"GIT_CONFIG_KEY_{number}", key)
        monkeypatch.setenv(f"GIT_CONFIG_VALUE_{number}", value)


@pytest.fixture(scope="session")
def _committed(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code as it is now, committed."""
    folder = tmp_path_factory.mktemp("committed") / "code"
    for name in PACKAGES:
        shutil.copytree(repository / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "assets").mkdir()
    shutil.copy(repository / "assets" / "celeba-counts.json", folder / "assets")
    shutil.copy(repository / "requirements-train.txt", folder)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "all of it")
    git(folder, "gc", "--quiet")
    return folder


@pytest.fixture
def checkout(_committed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it that takes this repository's place; `CODE` leads to it."""
    folder = Path(shutil.copytree(_committed, tmp_path / "checkout"))
    monkeypatch.setattr("training.launching.code.REPOSITORY", folder)
    git_settings(monkeypatch, {f"url.file://{tmp_path}/.insteadOf": f"{CODE}/"})
    return folder
