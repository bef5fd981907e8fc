"""A configuration as others may see it: without the folders of the machine that it was used on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from training.config import DataConfig, RunConfig, TrainingConfig

CELEBA_PLACE = "folder:celeba"  # a folder of this name beside the configuration


def without_private_places(config: TrainingConfig) -> TrainingConfig:
    """The same run, with places of this machine replaced by names that say what belongs there."""
    faces = CELEBA_PLACE if config.data.faces.startswith("folder:") else config.data.faces
    return replace(
        config,
        model=replace(config.model, folder=None),
        data=replace(config.data, faces=faces, cache=_relative(config.data.cache, DataConfig.cache)),
        run=replace(config.run, output=_relative(config.run.output, RunConfig.output)),
    )


def _relative(place: str, default: str) -> str:
    """A place in the repository as it is, of any other its last name, where that is no user's."""
    path = Path(place)
    if not (path.is_absolute() or ".." in path.parts or place.startswith("~")):
        return place
    named = path.name and path.name != ".." and not path.name.startswith("~")
    return f"outputs/{path.name}" if named else default
