"""Which model is trained on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from generation.errors import GenerationError
from generation.models import ModelSpec, model_spec
from training.config import TrainingConfig
from training.errors import TrainingError


def chosen_model(config: TrainingConfig) -> ModelSpec:
    """The model of the registry, read from `model.folder` where that is set."""
    try:
        spec = model_spec(config.model.key)
    except GenerationError as error:
        raise TrainingError(f"model.key: {error}") from error
    if spec.distilled:
        raise TrainingError(
            f"model.key = {spec.key!r}: {spec.title} is distilled, and training on it undoes that: train on "
            "large, whose adapter works on it too"
        )
    folder = config.model.folder
    if folder is None:
        return spec
    if not (Path(folder) / "model_index.json").is_file():
        raise TrainingError(f"model.folder = {folder} holds no diffusers model (no model_index.json)")
    return replace(spec, repo=str(Path(folder).resolve()), revision=None, bundled=True)
