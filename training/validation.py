"""How far a run is: pictures made with the function that also serves visitors, and held-out losses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import StableDiffusion3Pipeline
from PIL import Image

from generation.adapters.attached import adapter_scale
from generation.compare import compare
from generation.errors import InvalidRecipe
from generation.events import Comparison, Finished
from generation.models import model_spec
from generation.recipe import Recipe
from generation.render import Encode, Sampling
from prompt_engine.whole_file import replacing
from training.batches import NO_CAPTION
from training.config import TrainingConfig
from training.embeddings import TextEmbeddings
from training.errors import ConfigError
from training.held_out import SIGMAS, HeldOut, LossOf
from training.sheet import build_sheet


def validation_recipes(config: TrainingConfig) -> list[Recipe]:
    """Every prompt with every seed, always the same ones.

    Raises:
        ConfigError: a prompt, seed, step count or guidance that the model does not take.
    """
    validation = config.validation
    try:
        if validation.prompts:
            _check_size(config)
        return [_recipe(config, prompt, seed) for prompt in validation.prompts for seed in validation.seeds]
    except InvalidRecipe as error:
        raise ConfigError([f"validation: {problem}" for problem in error.problems]) from error


def planned_recipes(config: TrainingConfig) -> list[Recipe]:
    """What a run will make pictures of; nothing where validation is off, and then nothing is checked either.

    Raises:
        ConfigError: as `validation_recipes` would.
    """
    return validation_recipes(config) if config.validation.every else []


def _check_size(config: TrainingConfig) -> None:
    spec, size_px = model_spec(config.model.key), config.data.size_px
    if size_px is not None and size_px not in spec.sizes_px:
        sizes = " or ".join(str(each) for each in spec.sizes_px)
        raise ConfigError(
            [
                f"data.size_px = {size_px}: {spec.title} makes pictures of {sizes} px only: set data.size_px "
                "to that, or validation.prompts = [] to train at this size and look at no pictures"
            ]
        )


def _recipe(config: TrainingConfig, prompt: str, seed: int) -> Recipe:
    # What is None becomes the model's own.
    sampling: dict[str, Any] = {
        "steps": config.validation.steps,
        "guidance": config.validation.guidance,
        "size_px": config.data.size_px,
    }
    return Recipe(prompt, seed, model=config.model.key, adapter=config.run.output, **sampling)


@dataclass
class Validation:
    """What a run looks at now and then: pictures of fixed recipes, and the loss of held-out faces."""

    pipeline: StableDiffusion3Pipeline
    recipes: Sequence[Recipe]
    encode: Encode
    held_out: HeldOut | None
    loss_of: LossOf
    device: torch.device
    _vanilla: list[float] | None = None

    def pictures(self, step: int) -> Image.Image | None:
        """A sheet with a row for each recipe: vanilla on the left, fine-tuned after `step` on the right."""
        if not self.recipes:
            return None
        return build_sheet([self._finish(recipe) for recipe in self.recipes], step)

    def losses(self) -> dict[str, list[float]] | None:
        """The held-out losses of both arms beside their noise levels."""
        if self.held_out is None:
            return None
        if self._vanilla is None:  # it never changes
            self._vanilla = self._losses(None)
        return {"sigmas": list(SIGMAS), "vanilla": self._vanilla, "fine_tuned": self._losses(1.0)}

    def _losses(self, scale: float | None) -> list[float]:
        assert self.held_out is not None
        with adapter_scale(self.pipeline, scale):
            return self.held_out.losses(self.loss_of, self.device)

    def _finish(self, recipe: Recipe) -> Comparison:
        events = compare(recipe, self.pipeline, encode=self.encode)
        return next(event.comparison for event in events if isinstance(event, Finished))


def write_sheet(sheet: Image.Image, path: Path) -> None:
    """Save a sheet; the file is whole or absent at every moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as beside:
        sheet.save(beside, format="PNG")


def encoded_before(text: TextEmbeddings) -> Encode:
    """Take the embeddings of prompts from those that were computed before the run."""

    def encode(
        pipeline: StableDiffusion3Pipeline, prompts: Sequence[str], sampling: Sampling
    ) -> tuple[torch.Tensor, torch.Tensor]:
        empty = [NO_CAPTION] * len(prompts) if sampling.guided else []
        place, dtype = pipeline.transformer.device, pipeline.vae.dtype
        prompt_embeds, pooled_embeds = text.take([*empty, *prompts])
        return prompt_embeds.to(place, dtype), pooled_embeds.to(place, dtype)

    return encode
