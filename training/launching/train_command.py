"""The command of a run, the same everywhere: it goes on with what is in `run.output`, or starts."""

from __future__ import annotations

from collections.abc import Sequence


def train_command(python: str, processes: int, arguments: Sequence[str], gpus: bool = True) -> list[str]:
    """`train` with its arguments, one process a GPU (or of the processor, without `gpus`)."""
    train = ["-m", "training", "train", *arguments, "--resume-or-start"]
    if processes == 1:
        return [python, *train]
    # Everything is said outright: what is left out, accelerate takes from a file of this machine's user.
    settings = ["--num_processes", str(processes), "--num_machines", "1", "--mixed_precision", "no"]
    device = "--multi_gpu" if gpus else "--cpu"
    return [python, "-m", "accelerate.commands.launch", *settings, "--dynamo_backend", "no", device, *train]
