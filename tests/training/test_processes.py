"""Several processes learn what one does: with copies of the base, and with the base shared out."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from safetensors.torch import load_file
from torch.testing import assert_close

from training.config import TrainingConfig
from training.config_file import write_config
from training.loop import train
from training.metrics import read_metrics

ADAPTER = "pytorch_lora_weights.safetensors"
TWO = [
    *("-m", "accelerate.commands.accelerate_cli", "launch", "--multi_gpu", "--num_processes", "2"),
    *("--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no"),
    *("--main_process_port", "0"),
]


def silent(_line: str) -> None:
    pass


def train_with_two(config: TrainingConfig, file: Path, repository: Path) -> str:
    """Train with two processes on this machine's processor; what they printed."""
    write_config(config, file)
    done = subprocess.run(
        [sys.executable, *TWO, "-m", "training", "train", "--config", str(file)],
        cwd=repository,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("shard_base", [False, True])
def test_two_processes_learn_what_one_does(
    make_config: Callable[..., TrainingConfig], repository: Path, tmp_path: Path, shard_base: bool
) -> None:
    # One at a time each, so that gradients are gathered over parts and over processes.
    settings = {"run_steps": 3, "run_micro_batch_size": 1, "run_ema_decay": 0.9, "validation_every": 3}
    settings |= {"validation_prompts": ["a man with a hat"]}
    one, two = make_config("one", **settings), make_config("two", **settings, run_shard_base=shard_base)
    train(one, say=silent)
    printed = train_with_two(two, tmp_path / "two.toml", repository)
    assert printed.count("Done: ") == 1
    folders = [Path(config.run.output) for config in (one, two)]
    losses = [[row["loss"] for row in read_metrics(folder)] for folder in folders]
    assert losses[1] == pytest.approx(losses[0], rel=1e-5)
    expected, found = (load_file(folder / ADAPTER) for folder in folders)
    assert_close(found, expected, rtol=1e-4, atol=2e-6)
    assert (folders[1] / "validation" / "step-000003.png").is_file()
