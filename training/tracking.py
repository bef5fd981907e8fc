"""Curves beside `metrics.jsonl`, in Trackio, TensorBoard or Weights & Biases, through accelerate.

A run that is resumed, or goes back, does some steps again: trackers get those rows twice, at the same step.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import asdict
from importlib import import_module
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Any

from accelerate import Accelerator
from accelerate.utils import ProjectConfiguration

from prompt_engine.whole_file import replacing
from training.config import TrainingConfig
from training.errors import ConfigError, TrainingError
from training.run_folder import TRACKER_FOLDER

RUN_ID_FILE = "run-id"


def tracker_arguments(config: TrainingConfig) -> dict[str, Any]:
    """What an Accelerator has to be told to track this run.

    Raises:
        ConfigError: the tracker is not installed, or nobody is logged in to it.
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
    if tracker == "wandb":
        _check_login(tracker)
    folder = Path(config.run.output) / TRACKER_FOLDER
    return {"log_with": tracker, "project_config": ProjectConfiguration(logging_dir=str(folder))}


def start_tracking(config: TrainingConfig, accelerator: Accelerator) -> None:
    """Open the run in its tracker; one that goes on goes on there too.

    Raises:
        TrainingError: the tracker cannot be opened; the run can go on from here without it.
    """
    tracker, main = config.tracking.tracker, accelerator.is_main_process
    if tracker == "none":
        return
    settings = {f"{section}.{key}": _plain(value) for section, key, value in _settings(config)}
    try:
        options = _options(config) if main else {}
        with redirect_stdout(StringIO()):  # what a tracker says of itself would stand between our own lines
            accelerator.init_trackers(config.tracking.project, settings, options)
    except Exception as error:  # each tracker has errors of its own
        said = " ".join(str(error).split())
        raise TrainingError(
            f"tracking.tracker = {tracker!r} cannot be opened ({said}): set that right, or go on without it, "
            """with --resume-or-start --set 'tracking.tracker="none"'"""
        ) from error
    if tracker == "wandb" and main:
        _count_by_step(accelerator)


def _options(config: TrainingConfig) -> dict[str, dict[str, Any]]:
    """What each tracker has to be told to know this run from all others, and again when it goes on."""
    folder = Path(config.run.output)
    run_id, name, place = _run_id(folder), folder.resolve().name, str(folder / TRACKER_FOLDER)
    quiet = {"silent": True}
    return {
        "trackio": {"name": f"{name}-{run_id}", "resume": "allow", "embed": False},
        "wandb": {"name": name, "id": run_id, "resume": "allow", "dir": place, "settings": quiet},
    }


def _run_id(folder: Path) -> str:
    """A name of its own for a run, made when it begins and kept with it: folders' names come again."""
    path = folder / TRACKER_FOLDER / RUN_ID_FILE
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as beside:
            beside.write_text(secrets.token_hex(8), encoding="ascii")
    return path.read_text(encoding="ascii")


def _count_by_step(accelerator: Accelerator) -> None:
    """Have Weights & Biases draw curves over our steps: it drops rows whose own step is lower than before."""
    run = accelerator.get_tracker("wandb", unwrap=True)
    run.define_metric("step")
    run.define_metric("*", step_metric="step")


def _check_login(tracker: str) -> None:
    """Ask for a login before anything is prepared; without one, only its offline mode goes."""
    wandb = import_module(tracker)
    try:
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):  # where nothing is asked, nor answered
            wandb.login(verify=False)
    except wandb.Error as error:
        raise ConfigError(
            [
                f"tracking.tracker = {tracker!r} has no login ({error}): log in with `wandb login`, set "
                "WANDB_MODE=offline to keep the curves on this machine, or use another tracker"
            ]
        ) from error


def end_tracking(accelerator: Accelerator) -> None:
    """Write what is left, and close the run in its tracker."""
    opened = [tracker.name for tracker in accelerator.trackers]
    with redirect_stdout(StringIO()):
        accelerator.end_training()
        for name in opened:
            if name == "trackio" and accelerator.is_main_process:
                import_module(name).finish()  # or it does so once more as Python ends, and says so


def where_tracked(config: TrainingConfig) -> str | None:
    """How to look at the curves, in a line."""
    folder, project = Path(config.run.output) / TRACKER_FOLDER, config.tracking.project
    return {
        "trackio": f"curves: trackio show --project {project}",
        "tensorboard": f"curves: tensorboard --logdir {folder}",
        "wandb": f"curves: on Weights & Biases, project {project} "
        f"(kept offline: wandb sync {folder}/wandb/offline-run-*)",
    }.get(config.tracking.tracker)


def track(accelerator: Accelerator, row: Mapping[str, Any]) -> None:
    """Log the numbers of a row at its step; without a tracker, nothing happens."""
    numbers = {name: value for name, value in row.items() if name != "step" and _is_number(value)}
    for tracker in accelerator.trackers:
        if tracker.name == "wandb":
            tracker.log({**numbers, "step": row["step"]})
        else:
            tracker.log(numbers, step=row["step"])


def _settings(config: TrainingConfig) -> list[tuple[str, str, Any]]:
    return [
        (section, key, value) for section, table in asdict(config).items() for key, value in table.items()
    ]


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | float | str) else str(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
