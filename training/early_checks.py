"""What a configuration is refused for at a glance, before seconds of imports and any reckoning."""

from __future__ import annotations

from pathlib import Path

from prompt_engine.errors import FaceSourceError
from training.base_model import chosen_model
from training.config import TrainingConfig
from training.errors import DataError

FOLDER = "folder:"


def check_early(config: TrainingConfig) -> None:
    """Refuse a model that there is none of, and a folder of faces that is not there.

    Raises:
        TrainingError: what is named is not there.
    """
    chosen_model(config)
    faces = config.data.faces
    if faces.startswith(FOLDER) and not Path(faces.removeprefix(FOLDER).strip()).expanduser().is_dir():
        _refuse(faces)


def _refuse(faces: str) -> None:
    from prompt_engine.faces import open_face_source

    try:
        open_face_source(faces)
    except FaceSourceError as error:
        raise DataError(f"data.faces = {faces!r}: {error}") from error
