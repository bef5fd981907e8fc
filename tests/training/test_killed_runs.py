"""A run killed at any moment and resumed ends with the same bytes as one never killed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.warm_processes import WarmProgram
from training.config import TrainingConfig
from training.config_file import write_config
from training.loop import train

KILLS = 6
ADAPTER = "pytorch_lora_weights.safetensors"


def silent(_line: str) -> None:
    pass


def test_killed_again_and_again_a_run_ends_with_the_same_bytes(
    make_config: Callable[..., TrainingConfig], tmp_path: Path
) -> None:
    settings = {"run_steps": 24, "run_save_every": 1, "run_ema_decay": 0.9}
    straight, killed = make_config("straight", **settings), make_config("killed", **settings)
    train(straight, say=silent)
    write_config(killed, tmp_path / "killed.toml")
    asked = (str(tmp_path / "killed.toml"), str(KILLS))
    no_gpu = {"CUDA_VISIBLE_DEVICES": ""}  # CUDA cannot be forked
    program = WarmProgram(tmp_path / "said", "tests.training.killed_runs", *asked, environment=no_gpu)
    code, said = program.end()
    assert code == 0, said
    reached = [int(step) for step in said.split()]
    assert len(reached) == KILLS and reached == sorted(reached) and len(set(reached)) > 2
    assert (tmp_path / "killed" / ADAPTER).read_bytes() == (tmp_path / "straight" / ADAPTER).read_bytes()
    assert not list((tmp_path / "killed").rglob("*.tmp"))
