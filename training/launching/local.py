"""A run on this machine."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from typing import NoReturn

from training.launching.train_command import train_command


def local_command(arguments: Sequence[str], processes: int | None) -> list[str]:
    """The command of a run here: a process for each GPU, one where there is none, or as many as asked for."""
    import torch

    gpus = torch.cuda.device_count()
    return train_command(sys.executable, processes or max(gpus, 1), arguments, gpus > 0)


def start_here(command: Sequence[str]) -> NoReturn:
    """Become the run: its exit code is this one's, and a stop reaches it."""
    print(f"Starting: {shlex.join(command)}", flush=True)
    os.execv(command[0], list(command))
