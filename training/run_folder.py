"""The folder of a run: who may write to it, and what else it may be gone on with."""

from __future__ import annotations

import tomllib
from dataclasses import asdict
from pathlib import Path

from prompt_engine.whole_file import replacing
from training.config import TrainingConfig
from training.config_file import build_config, write_config
from training.errors import ConfigError, RunError
from training.run_state import STATE_FILE, read_state_header

CONFIG_FILE = "config.toml"
# What may differ on resuming: it decides how long and how closely to look, not what is learned from what.
FREE_SECTIONS = ("validation",)
FREE_KEYS = ("run.steps", "run.output", "run.log_every", "run.save_every", "data.cache", "model.folder")


def check_run_folder(config: TrainingConfig, resume: bool, overwrite: bool) -> None:
    """Make sure that nothing is lost and that a resumed run is the same run.

    Raises:
        RunError: the folder holds a run and neither was asked for, or the run there was another one.
    """
    folder = Path(config.run.output)
    if folder.exists() and not folder.is_dir():
        raise RunError(f"run.output = {folder} is a file: name a folder")
    if resume:
        _check_same_run(config, folder)
    elif (folder / STATE_FILE).exists() and not overwrite:
        step, _ = read_state_header(folder)
        raise RunError(
            f"{folder} already holds a run of {step:,} steps: go on with --resume, replace it with "
            "--overwrite, or name another folder with --set run.output=FOLDER"
        )


def write_run_config(config: TrainingConfig) -> None:
    """Save the resolved configuration with the run; makes the folder."""
    folder = Path(config.run.output)
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / CONFIG_FILE) as beside:
        write_config(config, beside)


def _check_same_run(config: TrainingConfig, folder: Path) -> None:
    step, text = read_state_header(folder)
    if step >= config.run.steps:
        raise RunError(
            f"{folder} has already done {step:,} of {config.run.steps:,} steps: raise run.steps to go on"
        )
    try:
        before = build_config(tomllib.loads(text))
    except ConfigError as error:
        raise RunError(
            f"{folder} was made by another version of this program: start again with --overwrite"
        ) from error
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
