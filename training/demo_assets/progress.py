"""State on disk and a line on the console, for trainings that take an hour."""

import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from prompt_engine.whole_file import replacing


def save_state(path: Path, step: int, **parts: Any) -> None:
    """Writes the state dicts of `parts` after `step` steps; a kill leaves the old file whole."""
    with replacing(path) as beside:
        torch.save({"step": step, **{name: part.state_dict() for name, part in parts.items()}}, beside)


def resume_state(path: Path, **parts: Any) -> int:
    """Loads what `save_state` wrote into `parts` and returns the number of steps done; 0 without a file."""
    if not path.exists():
        return 0
    state = torch.load(path, weights_only=True)
    for name, part in parts.items():
        part.load_state_dict(state[name])
    return int(state["step"])


class Stopwatch:
    """Prints loss, rate and time left every twenty seconds."""

    def __init__(self, name: str, steps: int, batch: int, first: int) -> None:
        self._name, self._steps, self._batch = name, steps, batch
        self._started = self._printed = time.monotonic()
        self._first = first
        self._losses: list[float] = []

    def tick(self, step: int, loss: Tensor) -> None:
        """Call after every step."""
        self._losses.append(loss.item())
        now = time.monotonic()
        if now - self._printed < 20 and step + 1 < self._steps:
            return
        pace = (step + 1 - self._first) / (now - self._started)
        mean = sum(self._losses) / len(self._losses)
        left = (self._steps - step - 1) / pace
        print(
            f"{self._name}: step {step + 1:,} of {self._steps:,}, loss {mean:.4f}, "
            f"{pace * self._batch:.0f} images/s, {left / 60:.1f} min left",
            flush=True,
        )
        self._printed, self._losses = now, []
