"""A configuration as others may see it: without the folders of the machine that it was used on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from training.config import TrainingConfig

CELEBA_PLACE = "folder:celeba"  # a folder of this name beside the configuration


def without_private_places(config: TrainingConfig) -> TrainingConfig:
    """The same run, with places of this machine replaced by names that say what belongs there."""
    faces = CELEBA_PLACE if config.data.faces.startswith("folder:") else config.data.faces
    return replace(
        config,
        model=replace(config.model, folder=None),
        data=replace(config.data, faces=faces, cache=_relative(config.data.cache)),
        run=replace(config.run, output=_relative(config.run.output)),
    )


def _relative(place: str) -> str:
    path = Path(place)
    return f"outputs/{path.name}" if path.is_absolute() or path.parts[:1] in (("..",), ("~",)) else place
