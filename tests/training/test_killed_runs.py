"""A run killed at any moment and resumed ends with the same bytes as one never killed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from training.config import TrainingConfig
from training.config_file import write_config
from training.loop import train

KILLS = 6
ADAPTER = "pytorch_lora_weights.safetensors"


def silent(_line: str) -> None:
    pass


def test_killed_again_and_again_a_run_ends_with_the_same_bytes(
    make_config: Callable[..., TrainingConfig], repository: Path, tmp_path: Path
) -> None:
    settings = {"run_steps": 24, "run_save_every": 1, "run_ema_decay": 0.9}
    straight, killed = make_config("straight", **settings), make_config("killed", **settings)
    train(straight, say=silent)
    write_config(killed, tmp_path / "killed.toml")
    run = subprocess.run(
        [sys.executable, "-m", "tests.training.killed_runs", str(tmp_path / "killed.toml"), str(KILLS)],
        cwd=repository,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stderr
    reached = [int(step) for step in run.stdout.split()]
    assert len(reached) == KILLS and reached == sorted(reached) and len(set(reached)) > 2
    assert (tmp_path / "killed" / ADAPTER).read_bytes() == (tmp_path / "straight" / ADAPTER).read_bytes()
    assert not list((tmp_path / "killed").rglob("*.tmp"))
