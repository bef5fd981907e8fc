"""What the gallery shows of a run that looked at no pictures: its prompts, or else a few of ours."""

from __future__ import annotations

from dataclasses import replace

from generation.models import model_spec
from generation.recipe import Recipe
from prompt_engine.realiser import realise
from prompt_engine.selection import Selection
from training.config import TrainingConfig
from training.validation import validation_recipes

SELECTIONS = (
    Selection("female", ("Blond_Hair", "Smiling")),
    Selection("male", ("Black_Hair", "Goatee", "Eyeglasses")),
    Selection("female", ("Brown_Hair", "Bangs")),
    Selection("male", ("Gray_Hair", "Bushy_Eyebrows")),
)


def gallery_recipes(config: TrainingConfig, repo: str) -> list[Recipe]:
    """Every prompt with every seed of the validation; at the size trained at, where pictures are made so."""
    prompts = config.validation.prompts or tuple(map(realise, SELECTIONS))
    size_px, sizes_px = config.data.size_px, model_spec(config.model.key).sizes_px
    data = replace(config.data, size_px=size_px if size_px in sizes_px else None)
    validation = replace(config.validation, prompts=prompts)
    return validation_recipes(adapter_named(replace(config, data=data, validation=validation), repo))


def adapter_named(config: TrainingConfig, repo: str) -> TrainingConfig:
    """The same, whose recipes name the adapter where everybody finds it and not the folder of the run."""
    return replace(config, run=replace(config.run, output=repo))
