"""The command of a run, the same everywhere: it goes on with what is in `run.output`, or starts."""

from __future__ import annotations

from collections.abc import Sequence


def train_command(python: str, processes: int, arguments: Sequence[str]) -> list[str]:
    """`train` with its arguments in so many processes, one a GPU where there are any."""
    train = ["-m", "training", "train", *arguments, "--resume-or-start"]
    if processes == 1:
        return [python, *train]
    # Everything is said outright: what is left out, accelerate takes from a file of this machine's user.
    settings = ["--num_processes", str(processes), "--num_machines", "1", "--mixed_precision", "no"]
    # Without a GPU too: what accelerate starts for --cpu is one process, whatever else it is told.
    several = ["--dynamo_backend", "no", "--multi_gpu"]
    return [python, "-m", "accelerate.commands.launch", *settings, *several, *train]
