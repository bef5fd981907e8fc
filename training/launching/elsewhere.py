"""A configuration for another machine: its folders are there, and nothing is read from this one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from training.config import TrainingConfig
from training.errors import ConfigError
from training.launching.price import Machine

MOUNT = PurePosixPath("/data")  # where the bucket lies in the job


def check_places(config: TrainingConfig) -> None:
    """Refuse a run that reads or writes where only this machine has a place.

    Raises:
        ConfigError: with every such place.
    """
    if problems := list(_problems(config)):
        raise ConfigError(problems)


def config_for_job(config: TrainingConfig, machine: Machine) -> TrainingConfig:
    """The same run, with what an hour of the machine costs.

    Raises:
        ConfigError: it cannot be shared by the machine's GPUs.
    """
    size, gpus = config.run.batch_size, machine.gpus
    if gpus and size % gpus:
        raise ConfigError([f"run.batch_size = {size} cannot be shared by {gpus} GPUs: use a multiple"])
    price = config.tracking.price_per_hour
    price = machine.dollars_an_hour if price is None else price
    return replace(config, tracking=replace(config.tracking, price_per_hour=price))


def _problems(config: TrainingConfig) -> Iterator[str]:
    kind, _, place = config.data.faces.partition(":")
    if kind == "folder" and not _in_bucket(place):
        yield (
            f"data.faces = {config.data.faces} is on this machine: name a dataset, hub:OWNER/NAME, or a "
            f"folder of the bucket, folder:{MOUNT}/..."
        )
    if config.model.folder and not _in_bucket(config.model.folder):
        yield f"model.folder = {config.model.folder} is on this machine: leave it out"
    for key, path in (("run.output", config.run.output), ("data.cache", config.data.cache)):
        if not _kept(path):
            yield f"{key} = {path} is no place that the bucket keeps: name a folder such as outputs/NAME"


def _in_bucket(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return PurePosixPath(path).is_relative_to(MOUNT) and len(parts) > len(MOUNT.parts) and ".." not in parts


def _kept(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return bool(parts) and not PurePosixPath(path).is_absolute() and not {"..", "~"} & set(parts)
