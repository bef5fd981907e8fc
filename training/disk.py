"""Whether what a run will save has room, asked before it begins."""

from __future__ import annotations

import shutil
from pathlib import Path

from accelerate import Accelerator

from generation.adapters.file import WEIGHT_NAME
from training.checkpoints import checkpoint_path, checkpoint_steps
from training.config import TrainingConfig
from training.errors import RunError
from training.estimate.estimate import Memory, estimate
from training.preparation.progress import render_bytes
from training.saving import nearest_folder


def check_disk(config: TrainingConfig, accelerator: Accelerator, resume: bool) -> None:
    """Refuse a run whose checkpoints the disk of `run.output` has no room for.

    Raises:
        RunError: says how much is needed and how much is free.
    """
    folder = Path(config.run.output)
    memory = estimate(config, accelerator.device.type, accelerator.num_processes).memory
    needed = disk_needed_bytes(memory, config.run.kept_checkpoints) - (_saved_bytes(folder) if resume else 0)
    place = nearest_folder(folder / WEIGHT_NAME)
    free = shutil.disk_usage(place).free
    if needed > free:
        raise RunError(
            f"The run's checkpoints and adapter need {render_bytes(needed)}, and {render_bytes(free)} are "
            f"free in {place}: set run.output to a larger disk, or lower run.kept_checkpoints (it is "
            f"{config.run.kept_checkpoints}) or lora.rank"
        )


def disk_needed_bytes(memory: Memory, kept: int) -> int:
    """The most that a run's files take at once: of checkpoint and adapter, one more while it is written.

    A checkpoint holds weights, optimizer and average. While all that are kept are of bad steps, there is one
    more, which is not counted.
    """
    checkpoint = memory.adapter + memory.optimizer + memory.average
    return (kept + 1) * checkpoint + 2 * memory.adapter


def _saved_bytes(folder: Path) -> int:
    """What a run that goes on has there already, and replaces little by little."""
    paths = [folder / WEIGHT_NAME, *(checkpoint_path(folder, step) for step in checkpoint_steps(folder))]
    return sum(path.stat().st_size for path in paths if path.is_file())
