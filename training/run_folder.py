"""The folder of a run: who may write to it, and what else it may be gone on with."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from generation.adapters.file import WEIGHT_NAME
from prompt_engine import ENGINE_VERSION
from prompt_engine.whole_file import replacing
from training.checkpoints import CHECKPOINTS, checkpoint_steps, newest_state
from training.config import TrainingConfig
from training.config_file import build_config, write_config
from training.errors import ConfigError, RunError
from training.metrics import METRICS_FILE
from training.run_state import RunState

CONFIG_FILE = "config.toml"
VALIDATION_FOLDER = "validation"
TRACKER_FOLDER = "tracker"
EVALUATION_FOLDER = "evaluation"
# The checkpoints first: where they lie, a run was saved, and nothing older is waiting to be replaced.
RUN_FILES = (
    *(CHECKPOINTS, WEIGHT_NAME, CONFIG_FILE, METRICS_FILE),
    *(VALIDATION_FOLDER, TRACKER_FOLDER, EVALUATION_FOLDER),
)
REPLACED_FOLDER = ".replaced-run"
# What may differ on resuming: it decides how long and how closely to look, not what is learned from what.
FREE_SECTIONS = ("validation", "tracking")
FREE_KEYS = (
    *("run.steps", "run.output", "run.log_every", "run.save_every", "run.kept_checkpoints"),
    *(
        "run.micro_batch_size",
        "run.gradient_checkpointing",
        "run.compile",
        "run.shard_base",
        "data.cache",
        "model.folder",
    ),
)
# What the configuration only points to, in words.
MATERIAL = {
    "engine_version": "another prompt engine",
    "base_model": "another base model",
    "faces": "other faces",
}


def holds_run(config: TrainingConfig) -> bool:
    """Whether a run was begun in `run.output`."""
    return bool(checkpoint_steps(Path(config.run.output)))


def holds_finished_run(config: TrainingConfig) -> bool:
    """Whether the run in `run.output` has done exactly the steps of the configuration.

    Raises:
        RunError: the run there is another one, or cannot be read.
    """
    folder = Path(config.run.output)
    if not holds_run(config) or not (folder / WEIGHT_NAME).is_file():
        return False
    state = newest_state(folder)
    if state.step != config.run.steps:
        return False
    _check_same_settings(config, state)
    return True


def check_run_folder(config: TrainingConfig, resume: bool, overwrite: bool) -> None:
    """Make sure that nothing is lost and that a resumed run is the same run.

    Raises:
        RunError: the folder holds a run or an adapter and neither was asked for, or the run there was
            another one.
    """
    folder = Path(config.run.output)
    if folder.exists() and not folder.is_dir():
        raise RunError(f"run.output = {folder} is a file: name a folder")
    if resume:
        _check_same_run(config, folder)
    elif not overwrite:
        _check_unused(folder)


def check_same_material(state: RunState, material: Mapping[str, Any]) -> None:
    """Make sure that a run goes on with what it began with, as far as `material` tells what is there now.

    Raises:
        RunError: they are others now.
    """
    if changed := [MATERIAL[key] for key, value in material.items() if state.material[key] != value]:
        raise RunError(
            f"the run was started with {' and '.join(changed)} than now: go on with those, or start again "
            "with --overwrite"
        )


def set_aside(folder: Path) -> None:
    """Move what a run left here aside, so that no file of it lies among those of the next one."""
    aside = folder / REPLACED_FOLDER
    if _begun(folder):
        drop_replaced(folder)
    for here in (folder / name for name in RUN_FILES):
        if (aside / here.name).exists():
            _remove(here)  # of a run that was stopped before it saved anything: the whole one is aside
        elif here.exists():
            aside.mkdir(exist_ok=True)
            here.rename(aside / here.name)


def drop_replaced(folder: Path) -> None:
    """Remove the run that was set aside, now that another one has been saved."""
    _remove(folder / REPLACED_FOLDER)


def _begun(folder: Path) -> bool:
    # The checkpoint of step 0 holds nothing that was learned.
    return bool(sum(checkpoint_steps(folder)))


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def write_run_config(config: TrainingConfig) -> None:
    """Save the resolved configuration with the run; makes the folder."""
    folder = Path(config.run.output)
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / CONFIG_FILE) as beside:
        write_config(config, beside)


def _check_unused(folder: Path) -> None:
    ways_out = "replace it with --overwrite, or name another folder with --set run.output=FOLDER"
    if _begun(folder):
        step = newest_state(folder).step
        raise RunError(f"{folder} already holds a run of {step:,} steps: go on with --resume, {ways_out}")
    if (folder / WEIGHT_NAME).exists():
        raise RunError(f"{folder} already holds an adapter: {ways_out}")


def _check_same_run(config: TrainingConfig, folder: Path) -> None:
    state = newest_state(folder)
    if state.step >= config.run.steps:
        done = f"{state.step:,} of {config.run.steps:,}"
        raise RunError(f"{folder} has already done {done} steps: raise run.steps to go on")
    _check_same_settings(config, state)


def _check_same_settings(config: TrainingConfig, state: RunState) -> None:
    folder = config.run.output
    try:
        before = build_config(tomllib.loads(state.config))
    except ConfigError as error:
        raise RunError(
            f"{folder} was made by another version of this program: start again with --overwrite"
        ) from error
    check_same_material(state, {"engine_version": ENGINE_VERSION})
    if changed := _differences(before, config):
        raise RunError(f"{folder} was started with other settings ({', '.join(changed)}): resume with those")


def _differences(before: TrainingConfig, now: TrainingConfig) -> list[str]:
    old, new = asdict(before), asdict(now)
    return [
        f"{section}.{key} was {value!r}, is {new[section][key]!r}"
        for section, table in old.items()
        for key, value in table.items()
        if value != new[section][key] and section not in FREE_SECTIONS and f"{section}.{key}" not in FREE_KEYS
    ]
