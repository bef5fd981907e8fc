"""Pictures of how far a run is, made with the function that also serves visitors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from diffusers import StableDiffusion3Pipeline
from PIL import Image

from generation.compare import compare
from generation.errors import InvalidRecipe
from generation.events import Comparison, Finished
from generation.recipe import Recipe
from prompt_engine.whole_file import replacing
from training.config import TrainingConfig
from training.errors import ConfigError

GAP_PX = 4


def validation_recipes(config: TrainingConfig) -> list[Recipe]:
    """Every prompt with every seed, always the same ones.

    Raises:
        ConfigError: a prompt, seed, step count or guidance that the model does not take.
    """
    validation = config.validation
    try:
        return [_recipe(config, prompt, seed) for prompt in validation.prompts for seed in validation.seeds]
    except InvalidRecipe as error:
        raise ConfigError([f"validation: {problem}" for problem in error.problems]) from error


def _recipe(config: TrainingConfig, prompt: str, seed: int) -> Recipe:
    # What is None becomes the model's own.
    sampling: dict[str, Any] = {
        "steps": config.validation.steps,
        "guidance": config.validation.guidance,
        "size_px": config.data.size_px,
    }
    return Recipe(prompt, seed, model=config.model.key, adapter=config.run.output, **sampling)


def write_validation(pipeline: StableDiffusion3Pipeline, recipes: Sequence[Recipe], path: Path) -> None:
    """Compare each recipe and save one sheet: a row each, vanilla on the left, fine-tuned on the right."""
    sheet = build_sheet([_finish(recipe, pipeline) for recipe in recipes])
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as beside:
        sheet.save(beside, format="PNG")


def _finish(recipe: Recipe, pipeline: StableDiffusion3Pipeline) -> Comparison:
    return next(event.comparison for event in compare(recipe, pipeline) if isinstance(event, Finished))


def build_sheet(comparisons: Sequence[Comparison]) -> Image.Image:
    """Lay the pairs of comparisons (at least one, all of one size) out in rows on white."""
    width, height = comparisons[0].vanilla.size
    size = (2 * width + GAP_PX, len(comparisons) * (height + GAP_PX) - GAP_PX)
    sheet = Image.new("RGB", size, "white")
    for row, each in enumerate(comparisons):
        top = row * (height + GAP_PX)
        sheet.paste(each.vanilla, (0, top))
        sheet.paste(each.fine_tuned, (width + GAP_PX, top))
    return sheet
