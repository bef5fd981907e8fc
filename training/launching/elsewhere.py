"""A configuration for another machine: what it writes goes to the bucket, nothing is read from here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from training.config import TrainingConfig
from training.errors import ConfigError
from training.launching.price import Machine

MOUNT = PurePosixPath("/data")  # where the bucket lies in the job


def config_for_job(config: TrainingConfig, machine: Machine) -> TrainingConfig:
    """The same run with `run.output` and `data.cache` in the bucket, and with what an hour costs.

    Raises:
        ConfigError: it reads from this machine's disk, or cannot be shared by the machine's GPUs.
    """
    if problems := list(_problems(config, machine)):
        raise ConfigError(problems)
    price = config.tracking.price_per_hour
    return replace(
        config,
        data=replace(config.data, cache=str(_in_bucket(config.data.cache))),
        run=replace(config.run, output=str(_in_bucket(config.run.output))),
        tracking=replace(config.tracking, price_per_hour=machine.dollars_an_hour if price is None else price),
    )


def _problems(config: TrainingConfig, machine: Machine) -> Iterator[str]:
    kind, _, place = config.data.faces.partition(":")
    if kind == "folder" and not _below_mount(place):
        yield (
            f"data.faces = {config.data.faces} is on this machine: name a dataset, hub:OWNER/NAME, or a "
            f"folder of the bucket, folder:{MOUNT}/..."
        )
    if config.model.folder and not _below_mount(config.model.folder):
        yield f"model.folder = {config.model.folder} is on this machine: leave it out"
    for key, path in (("run.output", config.run.output), ("data.cache", config.data.cache)):
        if not _below_mount(str(_in_bucket(path))):
            yield f"{key} = {path} is not in the bucket: name a folder without / or .. at its start"
    size, gpus = config.run.batch_size, machine.gpus
    if gpus and size % gpus:
        yield f"run.batch_size = {size} cannot be shared by {gpus} GPUs: use a multiple"


def _in_bucket(path: str) -> PurePosixPath:
    return MOUNT / path  # an absolute path stays what it is


def _below_mount(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return parts[: len(MOUNT.parts)] == MOUNT.parts and len(parts) > len(MOUNT.parts) and ".." not in parts
