"""The run's own pictures as the gallery of its card: its adapter's validation sheet, cut into portraits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from generation.events import ARMS, Arm
from generation.png.metadata import render_png
from generation.recipe import Recipe
from training.publishing.finished_run import FinishedRun, NotPublishable
from training.publishing.gallery_recipes import adapter_named
from training.sheet import sheet_size, tiles
from training.validation import validation_recipes

GALLERY_FOLDER = "gallery"


@dataclass(frozen=True)
class Picture:
    """One portrait of the gallery: `path` in the repository, PNG bytes that carry the recipe."""

    path: str
    arm: Arm
    recipe: Recipe
    content: bytes


def read_pictures(run: FinishedRun, repo: str) -> tuple[Picture, ...]:
    """Both arms of every prompt and seed, in the order of the configuration; `repo` is named in the recipes.

    None where the run left no pictures of this adapter.

    Raises:
        NotPublishable: the sheet is damaged, or of other prompts, seeds or sizes than the configuration's.
    """
    if run.sheet is None:
        return ()
    recipes = validation_recipes(adapter_named(run.config, repo))
    sheet = _open_sheet(run.sheet, recipes)
    return tuple(_cut(sheet, recipes))


def picture_path(row: int, arm: Arm) -> str:
    """Where a recipe's picture lies in the repository; rows count from 0."""
    return f"{GALLERY_FOLDER}/{row + 1:02}-{arm.replace('_', '-')}.png"


def _open_sheet(path: Path, recipes: list[Recipe]) -> Image.Image:
    try:
        with Image.open(path) as image:
            sheet = image.convert("RGB")
    except (OSError, SyntaxError, ValueError) as error:  # Pillow's ways to say that a file is damaged
        raise NotPublishable(f"{path} is no whole picture ({error}): make it again by a new run.") from error
    side = recipes[0].size_px if recipes else 0
    expected = sheet_size(side, len(recipes))
    if sheet.size != expected:
        raise NotPublishable(
            f"{path} is {sheet.width} x {sheet.height} px, and the prompts and seeds of config.toml make "
            f"{expected[0]} x {expected[1]} px: validate with those prompts once more, by resuming the run."
        )
    return sheet


def _cut(sheet: Image.Image, recipes: list[Recipe]) -> Iterator[Picture]:
    side = recipes[0].size_px
    for row, (recipe, places) in enumerate(zip(recipes, tiles(side, len(recipes)), strict=True)):
        for arm, place in zip(ARMS, places, strict=True):
            portrait = render_png(sheet.crop(place), recipe, arm)
            yield Picture(picture_path(row, arm), arm, recipe, portrait)
