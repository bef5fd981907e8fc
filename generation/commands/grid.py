"""`python -m generation grid --x steps=10,20,30 --y strength=0,1 --out DIR`: goes on where it was stopped."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from generation.commands.finished import finished
from generation.commands.own_files import check_own
from generation.commands.recipe_arguments import (
    add_anyway,
    add_overwrite,
    add_recipe_arguments,
    read_recipe_arguments,
    tell_what_is_cut,
)
from generation.errors import GenerationError, InvalidRecipe
from generation.file_turn import turn_at
from generation.grid.axes import AXES, Axis, read_axis
from generation.grid.grid import Cell, Grid, build_grid
from generation.grid.sheet import is_sheet_of, render_sheet
from generation.png.metadata import read_recipe, render_png
from generation.recipe import Recipe
from generation.rendering.work import row_steps
from generation.workshop.opening import open_workshop
from generation.workshop.settings import WorkshopSettings
from prompt_engine.command_line import BAD_INPUT
from prompt_engine.whole_file import replacing

if TYPE_CHECKING:
    from generation.workshop.workshop import Workshop

SHEET = "grid.png"
_LOCK = ".grid.lock"

Result = dict[str, Any]


@dataclass(frozen=True)
class _Planned:
    """A cell, and what is known of it before anything is made."""

    cell: Cell
    result: Result


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    add_recipe_arguments(parser)
    examples = "; ".join(f"{name}={kind.example.replace(' ', '')}" for name, kind in AXES.items())
    parser.add_argument(
        "--x", required=True, metavar="AXIS=VALUES", help=f"what varies from left to right: {examples}"
    )
    parser.add_argument("--y", metavar="AXIS=VALUES", help="what varies downwards; left out, one row is made")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help=f"folder for the cells' PNGs and {SHEET}"
    )
    add_overwrite(parser)
    add_anyway(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object a line, for programs")


def run(arguments: argparse.Namespace) -> int:
    """Make the cells that are not there yet, and one image of all; 2 where a cell could not be made.

    Raises:
        InvalidRecipe: there is no such grid, and nothing was written.
        GenerationError: another grid is at work in the folder.
    """
    x, y = _asked(arguments.x, "--x"), _asked(arguments.y, "--y") if arguments.y else None
    grid, out = build_grid(read_recipe_arguments(arguments), x, y), arguments.out
    if not arguments.overwrite:
        check_own([out / SHEET], lambda path: is_sheet_of(path, grid))
    if arguments.seed is None and not arguments.json:
        print(f"seed: {grid.base.seed}")
    try:
        return _make(grid, out, WorkshopSettings(anyway=arguments.anyway), arguments.json)
    except KeyboardInterrupt:
        with_seed = f" with --seed {grid.base.seed}" if arguments.seed is None else ""
        raise KeyboardInterrupt(f"the same command{with_seed} goes on where it was.") from None


def _make(grid: Grid, out: Path, settings: WorkshopSettings, as_json: bool) -> int:
    out.mkdir(parents=True, exist_ok=True)
    found: dict[tuple[int, int], Path] = {}
    with turn_at(out / _LOCK) as came:
        if not came():
            raise GenerationError(f"Another grid is at work in {out}: wait for it, or name another --out.")
        for cell, result in _worked_off(grid, out, settings):
            if result["state"] != "failed":
                found[cell.row, cell.column] = Path(result["file"])
            _tell(result, as_json)
        if found:
            _tell(_write_sheet(grid, found, out / SHEET), as_json)
    return BAD_INPUT if len(found) < len(grid.cells) else 0


def _asked(text: str, option: str) -> Axis:
    name, equals, values = text.partition("=")
    if not equals:
        raise InvalidRecipe(f"{option} is {text!r}: write an axis and its values, such as steps=10,20,30.")
    return read_axis(name.strip(), values)


def _worked_off(grid: Grid, out: Path, settings: WorkshopSettings) -> Iterator[tuple[Cell, Result]]:
    """What became of each cell; those that cannot be made come first."""
    workshop = open_workshop(settings=settings)
    for _, cells in groupby(grid.in_turn, lambda cell: cell.recipe and cell.recipe.model):
        planned = [_planned(workshop, cell, out) for cell in cells]
        _tell_ahead(workshop, [each.cell for each in planned if each.result["state"] == "to make"])
        for each in planned:
            yield each.cell, _made(workshop, each) if each.result["state"] == "to make" else each.result


def _planned(workshop: Workshop, cell: Cell, out: Path) -> _Planned:
    result: Result = {"row": cell.row + 1, "column": cell.column + 1, "labels": cell.labels}
    try:
        if cell.recipe is None:
            raise InvalidRecipe(cell.problem)
        # With the weights that are here: made with others, it would be another picture.
        pinned = workshop.pinned(cell.recipe)
    except GenerationError as problem:
        return _Planned(cell, {**result, "state": "failed", "problem": str(problem)})
    path = out / f"{cell.arm.replace('_', '-')}-{pinned.fingerprint()[:16]}.png"
    told = {"recipe": json.loads(pinned.to_json()), "file": str(path)}
    return _Planned(cell, {**result, "state": "there" if _holds(path, pinned) else "to make", **told})


def _tell_ahead(workshop: Workshop, cells: list[Cell]) -> None:
    """Say, of one model, whose prompts are cut, and what all portraits that are to be made should cost."""
    asked = [(cell.recipe, cell.arm) for cell in cells if cell.recipe]
    if not asked:
        return
    with suppress(GenerationError):  # told of the first cell
        first, spec = asked[0][0], asked[0][0].spec
        with_t5 = workshop.has_t5(spec)
        tell_what_is_cut((recipe.prompt, spec, with_t5) for recipe, _ in asked)
        step_s = workshop.load(first)
        work = sum(row_steps(recipe, (arm,)) for recipe, arm in asked)
        price = "" if step_s is None else f", about {max(1, step_s * work):,.0f} s"
        count = "1 portrait" if len(asked) == 1 else f"{len(asked)} portraits"
        print(f"{spec.title}: {count} to make{price}.", file=sys.stderr, flush=True)


def _made(workshop: Workshop, planned: _Planned) -> Result:
    cell, result = planned.cell, planned.result
    assert cell.recipe is not None
    try:
        comparison = finished(workshop.compare(cell.recipe, (cell.arm,)))
    except GenerationError as problem:
        left = {name: value for name, value in result.items() if name not in ("recipe", "file")}
        return {**left, "state": "failed", "problem": str(problem)}
    with replacing(Path(result["file"])) as beside:
        beside.write_bytes(render_png(comparison.image(cell.arm), comparison.recipe, cell.arm))
    return {**result, "state": "made", "seconds": round(comparison.seconds, 3)}


def _holds(path: Path, recipe: Recipe) -> bool:
    try:
        return path.is_file() and read_recipe(path) == recipe
    except (InvalidRecipe, OSError):
        return False


def _write_sheet(grid: Grid, found: dict[tuple[int, int], Path], path: Path) -> Result:
    images = {place: Image.open(file) for place, file in found.items()}
    try:
        content = render_sheet(grid, images)
    finally:
        for image in images.values():
            image.close()
    with replacing(path) as beside:
        beside.write_bytes(content)
    return {"state": "sheet", "file": str(path)}


def _tell(result: Result, as_json: bool) -> None:
    if as_json:
        print(json.dumps(result, ensure_ascii=False), flush=True)
        return
    states = {"there": "was there", "made": "made", "failed": "failed"}
    said = result.get("problem") or result["file"]
    where = "all together" if result["state"] == "sheet" else ", ".join(result["labels"])
    print(": ".join(filter(None, (f"{where} {states.get(result['state'], '')}".strip(), said))), flush=True)
