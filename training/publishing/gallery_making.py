"""The gallery of a run that left no pictures of its adapter: made on publishing, where that is quick."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch

from generation.adapters.attached import attach_adapter
from generation.compare import compare
from generation.errors import GenerationError
from generation.events import ARMS, Comparison, Finished
from generation.loading.pipelines import load_pipeline, model_revision
from generation.models import ModelSpec
from generation.png.metadata import render_png
from generation.recipe import Recipe
from training.base_model import chosen_model
from training.errors import TrainingError
from training.publishing.finished_run import FinishedRun
from training.publishing.gallery import Picture, picture_path

QUICK_ANYWHERE = "demo"  # on a processor it takes seconds, Stable Diffusion 3.5 many minutes a picture


def why_none(run: FinishedRun) -> str | None:
    """Why no pictures can be made here, in a clause; None where they can."""
    try:
        spec = chosen_model(run.config)
        revision = model_revision(spec)
    except (GenerationError, TrainingError) as error:
        return str(error).rstrip(".")
    if revision != run.record["base_model"]["revision"]:
        return f"the {spec.title} here is another one than the adapter was trained on"
    if spec.key != QUICK_ANYWHERE and not torch.cuda.is_available():
        return f"pictures of {spec.title} need a GPU, and there is none here"
    return None


def planned_pictures(recipes: Sequence[Recipe]) -> tuple[Picture, ...]:
    """The pictures as they will be, without content."""
    rows = enumerate(recipes)
    return tuple(Picture(picture_path(row, arm), arm, recipe, b"") for row, recipe in rows for arm in ARMS)


def make_pictures(run: FinishedRun, planned: Sequence[Picture]) -> tuple[Picture, ...]:
    """The same with content, by the way that all pictures are made; none where the GPU is too small."""
    recipes = [each.recipe for each in planned if each.arm == ARMS[0]]
    try:
        made = {each.recipe: each for each in _compared(run, chosen_model(run.config), recipes)}
    except torch.OutOfMemoryError:
        return ()
    return tuple(replace(each, content=_png(made[each.recipe], each)) for each in planned)


def _compared(run: FinishedRun, spec: ModelSpec, recipes: Sequence[Recipe]) -> Iterator[Comparison]:
    pipeline = load_pipeline(spec)
    attach_adapter(pipeline, run.adapter)
    for recipe in recipes:
        yield next(event.comparison for event in compare(recipe, pipeline) if isinstance(event, Finished))


def _png(made: Comparison, picture: Picture) -> bytes:
    portrait = made.image(picture.arm)
    return render_png(portrait, picture.recipe, picture.arm)
