"""Every latent and every caption is made once, and again exactly when what it depends on changed."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from accelerate import Accelerator

from training.config import TrainingConfig
from training.preparation.prepare import prepare

MakeConfig = Callable[..., TrainingConfig]
MADE = re.compile(r"(latents|text embeddings): ([\d,]+) of \2 ")


@pytest.fixture
def model(small_sd35: Path, tmp_path: Path) -> Path:
    """A model of one's own, to change."""
    return Path(shutil.copytree(small_sd35, tmp_path / "model"))


@pytest.fixture
def config(make_config: MakeConfig, model: Path, tmp_path: Path) -> Callable[..., TrainingConfig]:
    """Configurations that share a cache of their own."""

    def make(**overrides: object) -> TrainingConfig:
        small = {"model_key": "medium", "model_folder": str(model), "data_cache": str(tmp_path / "cache")}
        return make_config(**{**small, "data_size_px": 32, "data_faces": "drawn:flat", **overrides})

    return make


def made_by(config: TrainingConfig) -> tuple[int, int]:
    """How many latents and how many captions preparing computes."""
    lines: list[str] = []
    prepare(config, Accelerator(cpu=True), lines.append)
    found = dict(match.groups() for line in lines if (match := MADE.match(line)))
    return int(found.get("latents", 0)), int(found.get("text embeddings", 0))


def test_everything_is_made_once(config: MakeConfig) -> None:
    assert made_by(config(data_count=4)) == (4, 9)
    assert made_by(config(data_count=4)) == (0, 0)


def test_more_faces_need_only_the_new_ones(config: MakeConfig) -> None:
    made_by(config(data_count=4))
    faces, captions = made_by(config(data_count=6))
    assert faces == 2 and 0 < captions <= 4
    assert made_by(config(data_count=5)) == (0, 0)
