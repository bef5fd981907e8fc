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
    return train_command(sys.executable, processes or _one_a_gpu(), arguments)


def _one_a_gpu() -> int:
    import torch

    return max(torch.cuda.device_count(), 1)


def start_here(command: Sequence[str]) -> NoReturn:
    """Become the run: its exit code is this one's, and a stop reaches it."""
    print(f"Starting: {shlex.join(command)}", flush=True)
    os.execv(command[0], list(command))
