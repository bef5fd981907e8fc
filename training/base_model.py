"""Which model is trained on: chosen, checked before anything large is loaded, and loaded for training."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generation.errors import GenerationError
from generation.models import ModelSpec, model_spec
from training.config import LATENT_PX, TrainingConfig
from training.errors import ConfigError, TrainingError

if TYPE_CHECKING:
    import torch
    from diffusers import SD3Transformer2DModel, StableDiffusion3Pipeline

# torch and diffusers are imported where they are used: that a model is misnamed is told without them.
PIPELINE = "StableDiffusion3Pipeline"


def chosen_model(config: TrainingConfig) -> ModelSpec:
    """The model of the registry, read from `model.folder` where that is set.

    Raises:
        TrainingError: there is no such model, or none to train on.
    """
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


def check_model(config: TrainingConfig, spec: ModelSpec) -> None:
    """Make sure, before anything large is loaded, that the configuration goes with the model.

    Raises:
        TrainingError: the model is not here, or no Stable Diffusion 3.5.
        ConfigError: sizes or ranks that it cannot have.
    """
    transformer = weightless_transformer(spec)
    if problems := list(_limits_passed(config, spec, transformer)):
        raise ConfigError(problems)


def weightless_transformer(spec: ModelSpec) -> SD3Transformer2DModel:
    """The transformer as its configuration describes it, on the meta device.

    Raises:
        TrainingError: the model is not here, or no Stable Diffusion 3.5.
    """
    from generation.loading.pipelines import build_weightless_transformer, find_model

    try:
        folder = find_model(spec)
    except GenerationError as error:
        raise TrainingError(str(error)) from error
    pipeline_class = _read(folder / "model_index.json").get("_class_name")
    if pipeline_class != PIPELINE:
        raise TrainingError(
            f"{spec.repo} is a {pipeline_class}, not a Stable Diffusion 3.5: name one of those"
        )
    settings = _read(folder / "transformer" / "config.json")
    if settings.get("qk_norm") != "rms_norm":
        raise TrainingError(
            f"{spec.repo} is Stable Diffusion 3, not 3.5 (its transformer has no qk_norm): name a 3.5"
        )
    return build_weightless_transformer(folder)


def load_base(config: TrainingConfig, spec: ModelSpec, device: torch.device) -> StableDiffusion3Pipeline:
    """Load what a run needs: the transformer, as exact or as small as configured, and for pictures the VAE.

    Raises:
        TrainingError: the weights are not here or not complete.
    """
    import torch

    from generation.loading.pipelines import find_model, load_pipeline, placement
    from generation.loading.quantized import load_quantized

    place, dtype = placement(device)
    dtype = torch.float32 if config.run.precision == "float32" else dtype
    pictures = bool(config.validation.every and config.validation.prompts)
    parts = ["scheduler", *(["vae"] if pictures else [])]
    quantized = config.model.quantization != "none"
    try:
        pipeline = load_pipeline(spec, place, parts if quantized else [*parts, "transformer"], dtype)
        if quantized:
            folder = find_model(spec) / "transformer"
            transformer = load_quantized(weightless_transformer(spec), folder, place, dtype)
            pipeline.register_modules(transformer=transformer)
    except GenerationError as error:
        raise TrainingError(str(error)) from error
    return pipeline


def _limits_passed(
    config: TrainingConfig, spec: ModelSpec, transformer: SD3Transformer2DModel
) -> Iterator[str]:
    from training.lora import largest_rank

    # The side of the largest square that has a place for each of its tokens.
    largest_px = transformer.config.pos_embed_max_size * transformer.config.patch_size * LATENT_PX
    limits = {
        "lora.rank": (config.lora.rank, largest_rank(transformer, config.lora.layers.targets)),
        "data.size_px": (config.data.size_px or spec.size_px, largest_px),
    }
    for key, (value, most) in limits.items():
        if value > most:
            yield f"{key} = {value}: must be at most {most} on this model"


def _read(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TrainingError(f"{path} cannot be read ({error}): fetch the model again") from error
