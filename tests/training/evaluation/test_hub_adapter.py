"""An adapter from the Hub is evaluated under its name, and not into the Hub's cache."""

from __future__ import annotations

from pathlib import Path

import pytest

from generation.adapters.file import WEIGHT_NAME, resolve_adapter
from tests.hub_api.client import use_hub
from tests.hub_api.repositories import Repository
from tests.hub_api.server import HubApi
from training.errors import TrainingError
from training.evaluation.command import _home
from training.evaluation.evaluate import Evaluation, _recipe

REPO = "ada/portraits"


def test_it_keeps_its_name_and_needs_a_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with HubApi() as hub:
        use_hub(hub, monkeypatch, tmp_path)
        hub.repositories[REPO] = Repository(REPO)
        weights = {WEIGHT_NAME: resolve_adapter("demo").read_bytes()}
        sha = hub.repositories[REPO].commit("main", "An adapter", weights).sha
        path = resolve_adapter(f"{REPO}@{sha}")
        assert _recipe(Evaluation(f"{REPO}@{sha}"), path, None).adapter == REPO
    with pytest.raises(TrainingError, match="ada/portraits has no folder.*--out"):
        _home(REPO)
    assert _home(str(path)) == path.parent / "evaluation"
