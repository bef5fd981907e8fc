"""Apps asked by somebody who means no good: the one of all tests, and one with a secret and a Hub."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.app_process import started_app
from generation.adapters.file import WEIGHT_NAME, resolve_adapter
from generation.adapters.repository import CARD
from tests.hostile.asking import Asking
from tests.hostile.values import SCRIPTS
from tests.hub_api.client import child_environment
from tests.hub_api.repositories import Repository
from tests.hub_api.server import Account, HubApi

SECRET = "hf_" + "Secret" * 5
ADAPTER, PRIVATE = "evil/faces", "evil/private"


@pytest.fixture(scope="module")
def asking(app_url: str) -> Asking:
    """An app with drawn portraits and the demo model."""
    return Asking(app_url)


@dataclass(frozen=True)
class Guarded:
    """An app that holds a token, everything that it may write to, and the Hub that it asks."""

    url: str
    folder: Path
    hub: HubApi


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """An app that is asked about an adapter whose card and file names are hostile."""
    folder = tmp_path_factory.mktemp("guarded")
    places = {name: folder / name for name in ("home", "tmp", "hub")}
    for place in places.values():
        place.mkdir()
    with HubApi() as hub:
        hub.tokens[SECRET] = Account("ada")
        hub.repositories[ADAPTER] = _hostile_adapter()
        hub.repositories[PRIVATE] = Repository(PRIVATE, gated=True)
        environment = child_environment(hub, places["hub"]) | {
            "HF_TOKEN": SECRET,
            "HOME": str(places["home"]),
            "TMPDIR": str(places["tmp"]),
            "LOG": "json",
        }
        with started_app(folder, **environment) as app:
            app.wait_until_answering()
            yield Guarded(app.url, folder, hub)


def _hostile_adapter() -> Repository:
    repository = Repository(ADAPTER)
    weights = resolve_adapter("demo").read_bytes()
    card = f"---\nbase_model: '{SCRIPTS[0]}'\n---\n# Card\n\n" + "\n\n".join(SCRIPTS)
    repository.commit("main", SCRIPTS[0], {WEIGHT_NAME: weights, CARD: card.encode()})
    return repository
