"""`python -m generation compare --prompt "a woman with black hair" --seed 7 --out DIR`: a pair of PNGs."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from generation.commands.finished import finished
from generation.commands.own_files import check_own
from generation.commands.progress_line import ProgressLine
from generation.commands.recipe_arguments import (
    add_anyway,
    add_overwrite,
    add_recipe_arguments,
    read_recipe_arguments,
    tell_what_is_cut,
)
from generation.errors import GenerationError, InvalidRecipe
from generation.events import Arm, Comparison, arms_of
from generation.png.metadata import FILE_NAMES, read_recipe, write_comparison
from generation.prompts.length import part_read
from generation.recipe import Recipe
from generation.workshop.opening import open_workshop
from generation.workshop.settings import WorkshopSettings

SCHEMA = 1  # of what --json prints


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    add_recipe_arguments(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the PNGs")
    add_overwrite(parser)
    add_anyway(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object, for programs")


def run(arguments: argparse.Namespace) -> None:
    """Make the portraits, and say where they are and what they were made with.

    Raises:
        GenerationError, PromptEngineError: they cannot be made or written; then nothing was.
    """
    recipe, out = read_recipe_arguments(arguments), arguments.out
    _check_writable(out)
    workshop = open_workshop(settings=WorkshopSettings(anyway=arguments.anyway))
    # What cannot be made is refused before it is said that something loads.
    pinned, with_t5 = workshop.pinned(recipe), workshop.has_t5(recipe.spec)
    if not arguments.overwrite:
        check_own((out / FILE_NAMES[arm] for arm in arms_of(pinned)), lambda path: _shows(path, pinned))
    tell_what_is_cut([(recipe.prompt, recipe.spec, with_t5)])
    print("Loading the model.", file=sys.stderr, flush=True)
    comparison = finished(workshop.compare(recipe), ProgressLine(arms_of(recipe)).show)
    try:
        paths = write_comparison(comparison, out)
    except OSError as error:
        raise _cannot_write(out, error.strerror or str(error)) from error
    if arguments.json:
        print(_as_json(comparison, paths, with_t5))
    else:
        print(f"prompt: {recipe.prompt}\nseed: {recipe.seed}", *paths.values(), sep="\n")


def _check_writable(folder: Path) -> None:
    """Find out before minutes of work, and without making anything yet."""
    place = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not place.is_dir():
        raise _cannot_write(folder, f"{place} is a file")
    try:
        # Root may write anywhere but on disks that take nothing: trying is the only way to know.
        tempfile.TemporaryFile(dir=place).close()
    except OSError as error:
        raise _cannot_write(folder, error.strerror or str(error)) from error


def _cannot_write(folder: Path, reason: str) -> GenerationError:
    return GenerationError(f"Cannot write to {folder}: {reason}. Choose another folder with --out.")


def _shows(path: Path, recipe: Recipe) -> bool:
    """Whether a file is a portrait of a recipe; what its prompt was written of does not matter."""
    try:
        return replace(read_recipe(path), selection=None) == replace(recipe, selection=None)
    except (InvalidRecipe, OSError):
        return False


def _as_json(comparison: Comparison, paths: Mapping[Arm, Path], with_t5: bool) -> str:
    made = {
        "schema": SCHEMA,
        "recipe": json.loads(comparison.recipe.to_json()),
        "part_read": part_read(comparison.recipe.prompt, comparison.recipe.spec, with_t5),
        "files": {arm: str(path) for arm, path in paths.items()},
        "seconds": round(comparison.seconds, 3),
        "rendering": comparison.rendering,
    }
    return json.dumps(made, indent=2, ensure_ascii=False)
