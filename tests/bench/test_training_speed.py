"""Both loops that the bench times do the same work on the same model."""

from __future__ import annotations

from pathlib import Path

import torch

from bench.plain_loop import PlainLoop
from bench.training_speed import step_times_s
from generation.demo_model import build_demo_model
from training.config import TrainingConfig
from training.config_file import build_config


def tiny_config(folder: Path) -> TrainingConfig:
    with torch.random.fork_rng(devices=[]):
        build_demo_model(folder / "model", seed=0)
    return build_config(
        {
            "model": {"folder": str(folder / "model")},
            "data": {"count": 4, "cache": str(folder / "cache")},
            "lora": {"rank": 2},
            "run": {"output": str(folder / "run"), "batch_size": 2},
        }
    )


def test_both_loops_are_timed_and_the_plain_one_learns(tmp_path: Path) -> None:
    config = tiny_config(tmp_path)
    assert all(seconds > 0 for seconds in step_times_s(config, rounds=1))
    plain = PlainLoop(config)
    before = [each.clone() for each in plain.parameters]
    plain.step()
    assert any(not torch.equal(*pair) for pair in zip(before, plain.parameters, strict=True))
