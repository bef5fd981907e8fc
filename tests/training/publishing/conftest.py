"""A finished run of a few steps, and a Hub on this machine to publish it on."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tests.hub_api.client import use_hub
from tests.hub_api.server import HubApi
from training.config_file import build_config
from training.loop import train

PROMPTS = ["a woman with blond hair and a smile", "a man with black hair"]
SEEDS = [7, 8]


@pytest.fixture(scope="session")
def _trained(random_model: Path, cache_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished") / "faces"
    tables = {
        "model": {"folder": str(random_model)},
        "data": {"count": 6, "captions_per_face": 2, "cache": str(cache_folder)},
        "lora": {"rank": 4},
        "optimizer": {"learning_rate": 1e-2, "warmup_steps": 1},
        "run": {"output": str(folder), "steps": 2, "batch_size": 4, "log_every": 1},
        "validation": {"every": 2, "prompts": PROMPTS, "seeds": SEEDS, "steps": 4, "held_out": 4},
        "tracking": {"tracker": "none"},
    }
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    train(build_config(tables), say=lambda _line: None)
    torch.set_num_threads(threads)
    return folder


@pytest.fixture
def run_folder(_trained: Path, tmp_path: Path) -> Path:
    """A copy of the run, to be changed as a test likes."""
    return Path(shutil.copytree(_trained, tmp_path / "faces"))


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HubApi]:
    """The Hub that the client asks in this test."""
    with HubApi() as server:
        use_hub(server, monkeypatch, tmp_path)
        yield server
