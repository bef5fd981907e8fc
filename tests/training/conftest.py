"""A demo model with random weights, and runs on it that take seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from generation.demo_model import build_demo_model
from tests.small_models import build_small_sd35
from tests.warm_processes import SHORT_PROBE_S
from training.config import TrainingConfig
from training.config_file import build_config
from training.estimate import pace


@pytest.fixture(scope="session", autouse=True)
def short_probe() -> Iterator[None]:
    """Before each run this machine's rate is measured: for an instant here, where runs are many and short."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pace, "PROBE_S", SHORT_PROBE_S)
        yield


@pytest.fixture(scope="session")
def random_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demo model with random weights."""
    folder = tmp_path_factory.mktemp("random-model")
    with torch.random.fork_rng(devices=[]):
        build_demo_model(folder, seed=0)
    return folder


@pytest.fixture(scope="session")
def small_sd35(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small SD 3.5 Medium with all three text encoders and random weights."""
    return build_small_sd35(tmp_path_factory.mktemp("small-sd35"))


@pytest.fixture
def single_threaded() -> Iterator[None]:
    """Tiny tensors gain nothing from threads, and sums in one order are the same bits."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all runs: the same faces are encoded once."""
    return tmp_path_factory.mktemp("cache")


MakeConfig = Callable[..., TrainingConfig]


@pytest.fixture
def make_config(random_model: Path, cache_folder: Path, tmp_path: Path, single_threaded: None) -> MakeConfig:
    """Configurations of a short run, with overrides such as `run_steps=4`."""

    def make(output: str = "run", **overrides: object) -> TrainingConfig:
        tables = {
            "model": {"folder": str(random_model)},
            "data": {"count": 6, "captions_per_face": 2, "cache": str(cache_folder)},
            "lora": {"rank": 4},
            "optimizer": {"learning_rate": 1e-3, "warmup_steps": 1},
            "run": {"output": str(tmp_path / output), "steps": 4, "batch_size": 4, "log_every": 1},
            "validation": {"steps": 4},
            "objective": {},
            "guard": {},
            "tracking": {"tracker": "none"},
        }
        for name, value in overrides.items():
            section, _, key = name.partition("_")
            tables[section][key] = value
        if "held_out" in tables["validation"]:  # to be looked at: else they are refused
            tables["validation"].setdefault("every", 1)
        return build_config(tables)

    return make
