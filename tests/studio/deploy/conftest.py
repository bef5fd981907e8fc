"""A Hub on this machine whose Spaces are served by a real app, and a small repository to deploy."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gradio_client import Client
from huggingface_hub import HfApi

from studio.deploy import deploying, picture_check, waiting
from studio.deploy.checkout import Commit, read_checkout
from studio.deploy.hub import open_hub
from studio.deploy.space import Target
from studio.deploy.variables import read_space_settings
from tests.hub_api.client import use_hub
from tests.hub_api.server import HubApi

NAME = "ada/faces"
AS_SOMEBODY = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
Order = Callable[..., deploying.Order]


@pytest.fixture
def hub(client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HubApi]:
    monkeypatch.setattr(waiting, "EVERY_S", 0.01)
    monkeypatch.setattr(waiting, "SETTLE_S", 0.1)
    monkeypatch.setattr(picture_check, "REACHED_S", 0)
    monkeypatch.setattr(picture_check, "LARGEST_SEED", 0)  # made once, then given from what is stored
    with HubApi(host=client.src) as server:
        use_hub(server, monkeypatch, tmp_path)
        yield server


@pytest.fixture
def api(hub: HubApi) -> HfApi:
    return open_hub()


@pytest.fixture
def told() -> list[str]:
    """What a deployment says."""
    return []


@pytest.fixture
def order(told: list[str]) -> Order:
    """To the Space, or to another, with variables and secrets as on the command line."""

    def build(
        name: str = NAME, variables: tuple[str, ...] = (), secrets: tuple[str, ...] = (), **target: object
    ) -> deploying.Order:
        settings = read_space_settings(variables, secrets, {})
        return deploying.Order(Target(name, **target), settings, 5, told.append)  # type: ignore[arg-type]

    return build


class Checkout:
    """A repository as small as may be, with what belongs to a Space and what does not."""

    def __init__(self, folder: Path, repository: Path) -> None:
        self.folder = folder
        self._git("init", "--quiet")
        kept = ("README.md", "requirements.txt", "pre-requirements.txt", "LICENSE", "NOTICE", "app.py")
        for name in kept:
            self.write(name, (repository / name).read_bytes())
        self.write("studio/page.py", b"PAGE = 1\n")
        self.write("assets/model.safetensors", b"\0" * 600)
        self.write("tests/test_page.py", b"")
        self.write("bench/notes.md", b"")
        self.write("studio/.env", b"HF_TOKEN=x\n")

    def write(self, path: str, content: bytes) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_bytes(content)

    def commit(self) -> Commit:
        self._git("add", "--all", "--force")
        self._git(*AS_SOMEBODY, "commit", "--quiet", "--message", "x", "--allow-empty")
        return read_checkout(self.folder)

    def next(self, content: bytes) -> Commit:
        """A commit with another page."""
        self.write("studio/page.py", content)
        return self.commit()

    def _git(self, *arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=self.folder, check=True)


@pytest.fixture
def checkout(tmp_path: Path, repository: Path) -> Checkout:
    folder = tmp_path / "repository"
    folder.mkdir()
    return Checkout(folder, repository)
