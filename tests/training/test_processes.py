"""Several processes learn what one does: with copies of the base, and with the base shared out."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from safetensors.torch import load_file
from torch.testing import assert_close

from prompt_engine.command_line import BAD_INPUT
from tests.warm_processes import WarmProgram
from training.config import TrainingConfig
from training.config_file import write_config
from training.loop import train
from training.metrics import read_metrics

MakeConfig = Callable[..., TrainingConfig]
ADAPTER = "pytorch_lora_weights.safetensors"
TWO = [
    *("-m", "accelerate.commands.accelerate_cli", "launch", "--multi_gpu", "--num_processes", "2"),
    *("--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no"),
    *("--main_process_port", "0"),
]


def silent(_line: str) -> None:
    pass


def launch_two(config: TrainingConfig, file: Path, repository: Path) -> tuple[list[int], str]:
    """Train with two processes on this machine's processor; give the exit code and what was said."""
    write_config(config, file)
    done = subprocess.run(
        [sys.executable, *TWO, "-m", "training", "train", "--config", str(file)],
        cwd=repository,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    return [done.returncode], done.stdout


def start_two(config: TrainingConfig, file: Path, _repository: Path) -> tuple[list[int], str]:
    """The same without the launcher: its variables are set here."""
    write_config(config, file)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    together = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    programs = [
        WarmProgram(
            *(file.with_suffix(f".{rank}"), "training", "train", "--config", str(file)),
            environment={**together, "RANK": str(rank), "LOCAL_RANK": str(rank)},
        )
        for rank in range(2)
    ]
    codes, said = zip(*(program.end() for program in programs), strict=True)
    return list(codes), "".join(said)


def learning_curves(folder: Path) -> list[float]:
    """Loss and gradient norm of every step."""
    rows = [row for row in read_metrics(folder) if "gradient_norm" in row]
    return [row[name] for row in rows for name in ("loss", "gradient_norm")]


def held_out_losses(folder: Path) -> list[float]:
    """Losses of both arms at nine noise levels, look after look."""
    looks = [row["held_out"] for row in read_metrics(folder) if "held_out" in row]
    return [loss for look in looks for arm in ("vanilla", "fine_tuned") for loss in look[arm]]


Two = Callable[[TrainingConfig, Path, Path], tuple[list[int], str]]


@pytest.mark.parametrize(("shard_base", "two_processes"), [(False, launch_two), (True, start_two)])
def test_two_processes_learn_what_one_does(
    make_config: MakeConfig, repository: Path, tmp_path: Path, shard_base: bool, two_processes: Two
) -> None:
    # One at a time each, so that gradients are gathered over parts and over processes.
    settings: dict[str, object] = {"run_steps": 2, "run_micro_batch_size": 1, "run_ema_decay": 0.9}
    # Saved and looked at in the middle too: what follows is learned after the base was put together for that.
    settings |= {"run_save_every": 1, "validation_every": 1, "validation_held_out": 2}
    settings |= {"validation_prompts": ["a man with a hat"]}
    one, two = make_config("one", **settings), make_config("two", **settings, run_shard_base=shard_base)
    train(one, say=silent)
    codes, said = two_processes(two, tmp_path / "two.toml", repository)
    assert not any(codes), said
    assert said.count("Done: ") == 1
    folders = [Path(config.run.output) for config in (one, two)]
    for values, count in ((learning_curves, 2 * 2), (held_out_losses, 2 * 2 * 9)):
        expected, found = (values(folder) for folder in folders)
        assert len(expected) == count and found == pytest.approx(expected, rel=1e-5)
    alone, together = (load_file(folder / ADAPTER) for folder in folders)
    assert_close(together, alone, rtol=1e-4, atol=2e-6)
    assert sorted(path.name for path in (folders[1] / "validation").iterdir()) == [
        "step-000001.png",
        "step-000002.png",
    ]


def test_what_needs_the_whole_base_is_refused_where_it_is_shared_out(
    make_config: MakeConfig, repository: Path, tmp_path: Path
) -> None:
    config = make_config(run_shard_base=True, lora_dora=True, model_quantization="nf4")
    codes, said = start_two(config, tmp_path / "two.toml", repository)
    assert codes == [BAD_INPUT, BAD_INPUT]
    assert "lora.dora and model.quantization = nf4: not with run.shard_base or --use_fsdp" in said
    assert not Path(config.run.output).exists()
