"""On a Space the weights of its model are fetched at its start, and a refusal keeps the page from nothing."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from generation.models import model_spec
from studio.settings import Settings
from studio.space_weights import bring_weights
from tests.hub_api.client import use_hub
from tests.hub_api.repositories import Repository
from tests.hub_api.server import HubApi

SPEC = model_spec("medium")
SPACE = Settings(on_space=True, model="medium")


def test_only_a_space_asks_the_hub_and_what_it_refuses_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    with HubApi() as hub:
        use_hub(hub, monkeypatch, tmp_path)
        bring_weights(Settings(model="medium"))
        bring_weights(Settings(on_space=True))
        assert hub.asked == []
        bring_weights(SPACE)
        assert "The weights were not fetched: The Hub has no stabilityai/" in caplog.text
        hub.repositories[SPEC.repo] = repository = Repository(SPEC.repo)
        repository.commit(
            "main", "weights", {"model_index.json": b"{}", "vae/config.json": b"{}", "big.bin": b""}
        )
        bring_weights(SPACE)
        assert "Fetching " in caplog.text
        (folder,) = (tmp_path / "hub").glob("models--*/snapshots/*")
        assert (folder / "vae" / "config.json").is_file() and not (folder / "big.bin").exists()
