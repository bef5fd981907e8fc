"""The checkpoints of a run: one file each, named after the step, the newest few kept."""

from __future__ import annotations

import re
from pathlib import Path

from training.errors import RunError
from training.run_state import RunState, read_state

CHECKPOINTS = "checkpoints"
_NAME = re.compile(r"step-(\d{6,})\.safetensors")


def checkpoint_path(folder: Path, step: int) -> Path:
    """Where the checkpoint of a step lies in a run's folder."""
    return folder / CHECKPOINTS / f"step-{step:06}.safetensors"


def checkpoint_steps(folder: Path) -> list[int]:
    """The steps of the checkpoints that are there, in order."""
    place = folder / CHECKPOINTS
    names = [path.name for path in place.iterdir()] if place.is_dir() else []
    return sorted(int(found[1]) for name in names if (found := _NAME.fullmatch(name)))


def newest_state(folder: Path) -> RunState:
    """The state in the newest checkpoint.

    Raises:
        RunError: there is none, or it is damaged, or another version's.
    """
    if steps := checkpoint_steps(folder):
        return read_state(checkpoint_path(folder, steps[-1]))
    raise RunError(f"{folder} holds no run to resume: start one without --resume")


def last_good_step(folder: Path) -> int:
    """The newest checkpoint that was not written in the middle of bad steps.

    Raises:
        RunError: there is none.
    """
    for step in reversed(checkpoint_steps(folder)):
        if not read_state(checkpoint_path(folder, step)).guard["bad_in_a_row"]:
            return step
    raise RunError(f"{folder} holds no checkpoint from before the bad steps: start again with --overwrite")


def prune_checkpoints(folder: Path, kept: int) -> None:
    """Remove all but the newest few, and never the last good one."""
    steps = checkpoint_steps(folder)
    spared = {*steps[-kept:], last_good_step(folder)}
    _remove(folder, [step for step in steps if step not in spared])


def drop_checkpoints_after(folder: Path, step: int) -> None:
    """Remove the checkpoints of later steps: the run has gone back."""
    _remove(folder, [each for each in checkpoint_steps(folder) if each > step])


def _remove(folder: Path, steps: list[int]) -> None:
    for step in steps:
        checkpoint_path(folder, step).unlink(missing_ok=True)
