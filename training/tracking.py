"""Curves beside `metrics.jsonl`, in Trackio, TensorBoard or Weights & Biases, through accelerate."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import asdict
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Any

from accelerate import Accelerator
from accelerate.utils import ProjectConfiguration

from training.config import TrainingConfig
from training.errors import ConfigError
from training.run_folder import TRACKER_FOLDER


def tracker_arguments(config: TrainingConfig) -> dict[str, Any]:
    """What an Accelerator has to be told to track this run.

    Raises:
        ConfigError: the tracker is not installed.
    """
    tracker = config.tracking.tracker
    if tracker == "none":
        return {}
    if not find_spec(tracker):
        raise ConfigError(
            [
                f"tracking.tracker = {tracker!r} is not installed: install requirements-train.txt or "
                f'{tracker}, or use "none"'
            ]
        )
    folder = Path(config.run.output) / TRACKER_FOLDER
    return {"log_with": tracker, "project_config": ProjectConfiguration(logging_dir=str(folder))}


def start_tracking(config: TrainingConfig, accelerator: Accelerator) -> None:
    """Open the run in its tracker; one that goes on goes on there too."""
    tracker, folder = config.tracking.tracker, Path(config.run.output)
    if tracker == "none":
        return
    options = {
        "trackio": {"trackio": {"name": folder.name, "resume": "allow", "embed": False}},
        "wandb": {"wandb": {"name": folder.name, "id": folder.name, "resume": "allow", "dir": str(folder)}},
    }
    settings = {f"{section}.{key}": _plain(value) for section, key, value in _settings(config)}
    with redirect_stdout(StringIO()):  # what a tracker says of itself would stand between our own lines
        accelerator.init_trackers(config.tracking.project, settings, options.get(tracker, {}))


def end_tracking(accelerator: Accelerator) -> None:
    """Write what is left, and close the run in its tracker."""
    with redirect_stdout(StringIO()):
        accelerator.end_training()


def where_tracked(config: TrainingConfig) -> str | None:
    """How to look at the curves, in a line."""
    folder, project = Path(config.run.output) / TRACKER_FOLDER, config.tracking.project
    return {
        "trackio": f"curves: trackio show --project {project}",
        "tensorboard": f"curves: tensorboard --logdir {folder}",
        "wandb": f"curves: on Weights & Biases, project {project}",
    }.get(config.tracking.tracker)


def track(accelerator: Accelerator, row: Mapping[str, Any]) -> None:
    """Log the numbers of a row at its step; without a tracker, nothing happens."""
    numbers = {name: value for name, value in row.items() if name != "step" and _is_number(value)}
    accelerator.log(numbers, step=row["step"])


def _settings(config: TrainingConfig) -> list[tuple[str, str, Any]]:
    return [
        (section, key, value) for section, table in asdict(config).items() for key, value in table.items()
    ]


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | float | str) else str(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
