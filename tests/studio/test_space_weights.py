"""On a Space the weights of its models are fetched at its start; a refusal keeps the page from nothing."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from generation.models import model_spec
from studio.settings import Settings, SettingsError
from studio.space_weights import bring_weights
from tests.hub_api.client import use_hub
from tests.hub_api.repositories import Repository
from tests.hub_api.server import HubApi

SPEC = model_spec("medium")
SPACE = Settings(on_space=True, model="medium", models=("medium",))


def test_only_a_space_asks_the_hub_and_what_it_refuses_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    with HubApi() as hub:
        use_hub(hub, monkeypatch, tmp_path)
        bring_weights(Settings(model="medium"))
        bring_weights(Settings(on_space=True))
        with pytest.raises(
            SettingsError, match="GiB would be packed for SD 3.5 Large, SD 3.5 Large Turbo, SD"
        ):
            bring_weights(replace(SPACE, models=("large", "turbo", "medium"), on_zerogpu=True))
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


def test_each_of_several_models_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    with HubApi() as hub:
        use_hub(hub, monkeypatch, tmp_path)
        for key in ("large", "turbo"):
            hub.repositories[model_spec(key).repo] = repository = Repository(model_spec(key).repo)
            repository.commit("main", "weights", {"model_index.json": b"{}"})
        bring_weights(Settings(on_space=True, on_zerogpu=True, model="large", models=("large", "turbo")))
        assert [f" of {model_spec(key).title} from" in caplog.text for key in ("large", "turbo")] == [
            True
        ] * 2
        assert len(list((tmp_path / "hub").glob("models--*/snapshots/*"))) == 2
