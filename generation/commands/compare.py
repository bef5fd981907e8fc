"""`python -m generation compare --prompt "a woman with black hair" --seed 7 --out DIR`: a pair of PNGs."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from generation.commands.finished import finished
from generation.commands.progress_line import ProgressLine
from generation.commands.recipe_arguments import (
    add_anyway,
    add_recipe_arguments,
    read_recipe_arguments,
    tell_what_is_cut,
)
from generation.errors import GenerationError
from generation.events import Arm, Comparison
from generation.png.metadata import write_comparison
from generation.prompts.length import part_read
from generation.recipe import Recipe
from generation.workshop.opening import open_workshop
from generation.workshop.settings import WorkshopSettings

SCHEMA = 1  # of what --json prints


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    add_recipe_arguments(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the PNGs")
    add_anyway(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object, for programs")


def run(arguments: argparse.Namespace) -> None:
    """Make the portraits, and say where they are and what they were made with.

    Raises:
        GenerationError, PromptEngineError: they cannot be made or written; then nothing was.
    """
    recipe, out = read_recipe_arguments(arguments), arguments.out
    _check_writable(out)
    tell_what_is_cut([(recipe.prompt, recipe.spec)])
    comparison = _compare(recipe, WorkshopSettings(anyway=arguments.anyway))
    try:
        paths = write_comparison(comparison, out)
    except OSError as error:
        raise _cannot_write(out, error.strerror or str(error)) from error
    if arguments.json:
        print(_as_json(comparison, paths))
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


def _compare(recipe: Recipe, settings: WorkshopSettings) -> Comparison:
    workshop = open_workshop(settings=settings)
    workshop.pinned(recipe)  # what cannot be made is refused before it is said that something loads
    print("Loading the model.", file=sys.stderr, flush=True)
    line = ProgressLine(arms=1 if recipe.adapter is None else 2)
    return finished(workshop.compare(recipe), line.show)


def _as_json(comparison: Comparison, paths: Mapping[Arm, Path]) -> str:
    made = {
        "schema": SCHEMA,
        "recipe": json.loads(comparison.recipe.to_json()),
        "part_read": part_read(comparison.recipe.prompt, comparison.recipe.spec),
        "files": {arm: str(path) for arm, path in paths.items()},
        "seconds": round(comparison.seconds, 3),
        "rendering": comparison.rendering,
    }
    return json.dumps(made, indent=2, ensure_ascii=False)
