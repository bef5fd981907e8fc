"""Three optimizers: each learns, goes on from a checkpoint to the same bytes, and is not missing silently."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import bitsandbytes
import pytest
import torch

from training.config import OPTIMIZERS, OptimizerConfig, TrainingConfig
from training.errors import ConfigError
from training.loop import train
from training.metrics import read_metrics
from training.optimizers import build_optimizer

ADAPTER = "pytorch_lora_weights.safetensors"
MakeConfig = Callable[..., TrainingConfig]


def silent(_line: str) -> None:
    pass


def rate_of(optimizer: str) -> float:
    return 1.0 if optimizer == "prodigy" else 1e-3


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_stopped_run_goes_on_to_the_same_bytes(make_config: MakeConfig, name: str) -> None:
    settings = {"optimizer_name": name, "optimizer_learning_rate": rate_of(name), "run_ema_decay": 0.9}
    settings["lora_rank"] = 32  # enough for states in 8 bits
    straight, halved = make_config("straight", **settings), make_config("halved", **settings)
    train(straight, say=silent)
    train(halved, stop_after=2, say=silent)
    train(halved, resume=True, say=silent)
    one, other = (Path(config.run.output) / ADAPTER for config in (straight, halved))
    assert one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize("name", ["adamw_8bit", "prodigy"])
def test_the_other_optimizers_learn_too(make_config: MakeConfig, name: str) -> None:
    rate = rate_of(name)
    config = make_config(
        data_count=2,
        run_steps=60,
        run_log_every=20,
        lora_rank=32,
        optimizer_name=name,
        optimizer_learning_rate=rate,
        optimizer_schedule="constant",
    )
    train(config, say=silent)
    losses = [row["loss"] for row in read_metrics(Path(config.run.output))]
    assert losses[-1] < 0.98 * losses[0]


def test_eight_bits_are_eight_bits() -> None:
    weight = torch.nn.Parameter(torch.randn(128, 128))
    optimizer = build_optimizer([weight], OptimizerConfig(name="adamw_8bit"), torch.device("cpu"))
    assert isinstance(optimizer, bitsandbytes.optim.AdamW8bit)
    weight.grad = torch.randn_like(weight)
    optimizer.step()
    assert optimizer.state[weight]["state1"].dtype == torch.uint8


def test_a_library_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prodigyopt", None)
    with pytest.raises(ConfigError, match="needs the package prodigyopt: install requirements-train.txt"):
        build_optimizer([], OptimizerConfig(name="prodigy", learning_rate=1.0), torch.device("cpu"))
