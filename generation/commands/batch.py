"""`python -m generation batch FILE --out DIR`: a file of prompts as PNG and JSON; it goes on where it was."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from generation.commands.batch_file import BatchLine, read_batch
from generation.commands.finished import finished
from generation.commands.recipe_arguments import add_anyway, tell_what_is_cut
from generation.errors import GenerationError
from generation.events import Comparison
from generation.file_turn import turn_at
from generation.links import NO_ADAPTER
from generation.models import MODELS
from generation.png.metadata import FILE_NAMES, render_png
from generation.workshop.opening import open_workshop
from generation.workshop.settings import WorkshopSettings
from prompt_engine.command_line import BAD_INPUT
from prompt_engine.whole_file import replacing

SCHEMA = 1
_LOCK = ".batch.lock"
# What this writes: number of the line, beginning of the recipe's fingerprint; and what a kill left of that.
_DONE = re.compile(r"[0-9]{4,}-(?P<key>[0-9a-f]{16})\.json")
_HALF = re.compile(r"\.[0-9]{4,}-[0-9a-f]{16}[\w.-]*-[0-9a-f]{8}\.tmp")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help='one prompt a line, or a JSON object such as {"attributes": ["female", "Smiling"], "seed": 7}',
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for PNG and JSON")
    parser.add_argument("--seed", type=int, default=0, help="for lines that name none (default: 0)")
    parser.add_argument("--model", default="demo", help=f"{', '.join(MODELS)} (default: demo)")
    parser.add_argument(
        "--adapter", default="demo", help=f'as for compare; "{NO_ADAPTER}" makes vanilla portraits alone'
    )
    add_anyway(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object a line, for programs")


def run(arguments: argparse.Namespace) -> int:
    """Make what is not there yet; 2 where some of it could not be made.

    Raises:
        InvalidRecipe: the file cannot be used, and nothing was written.
        GenerationError: another batch is at work in the folder.
    """
    adapter = None if arguments.adapter == NO_ADAPTER else arguments.adapter
    plain = {"seed": arguments.seed, "model": arguments.model, "adapter": adapter}
    lines, out = read_batch(arguments.file, plain), arguments.out
    out.mkdir(parents=True, exist_ok=True)
    try:
        return _work(lines, out, WorkshopSettings(anyway=arguments.anyway), arguments.json)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("the same command goes on where it was.") from None


def _work(lines: list[BatchLine], out: Path, settings: WorkshopSettings, as_json: bool) -> int:
    failed = 0
    with turn_at(out / _LOCK) as came:
        if not came():
            raise GenerationError(f"Another batch is at work in {out}: wait for it, or name another --out.")
        for left in filter(lambda path: _HALF.fullmatch(path.name), list(out.iterdir())):
            left.unlink()
        for result in _worked_off(lines, out, settings):
            failed += result["state"] == "failed"
            _tell(result, as_json)
    if failed:
        print(f"{failed:,} of {len(lines):,} could not be made: ask again to try them.", file=sys.stderr)
    return BAD_INPUT if failed else 0


def _worked_off(lines: list[BatchLine], out: Path, settings: WorkshopSettings) -> Iterator[dict[str, Any]]:
    """What became of each line, in their order."""
    workshop = open_workshop(settings=settings)
    done = _done(out)
    for line in lines:
        result: dict[str, Any] = {"line": line.number, "prompt": line.recipe.prompt}
        try:
            # With the weights that are here: made with others, it would be another picture.
            recipe = workshop.pinned(line.recipe)
            key = recipe.fingerprint()[:16]
            state = "there" if key in done else "made"
            if key not in done:
                tell_what_is_cut([(recipe.prompt, recipe.spec, workshop.has_t5(recipe.spec))])
                done[key] = _write(finished(workshop.compare(line.recipe)), out, f"{line.number:04}-{key}")
            yield {**result, "state": state, "file": str(done[key])}
        except GenerationError as problem:
            yield {**result, "state": "failed", "problem": str(problem)}


def _done(out: Path) -> dict[str, Path]:
    """What was made before, by the beginning of its recipe's fingerprint."""
    found = {match["key"]: path for path in out.iterdir() if (match := _DONE.fullmatch(path.name))}
    return {key: path for key, path in found.items() if _is_whole(path)}


def _is_whole(path: Path) -> bool:
    try:
        names = json.loads(path.read_text(encoding="utf-8"))["images"].values()
        return all((path.parent / name).is_file() for name in names)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _write(comparison: Comparison, out: Path, name: str) -> Path:
    """The PNGs, and then the JSON that says that they are there."""
    images = {arm: out / f"{name}-{FILE_NAMES[arm]}" for arm in comparison.arms}
    for arm, path in images.items():
        with replacing(path) as beside:
            beside.write_bytes(render_png(comparison.image(arm), comparison.recipe, arm))
    values = {
        "schema": SCHEMA,
        "recipe": json.loads(comparison.recipe.to_json()),
        "rendering": comparison.rendering,
        "seconds": round(comparison.seconds, 3),
        "images": {arm: path.name for arm, path in images.items()},
    }
    with replacing(out / f"{name}.json") as beside:
        beside.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return out / f"{name}.json"


def _tell(result: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(result, ensure_ascii=False), flush=True)
        return
    said = result.get("problem") or result["file"]
    states = {"there": "was there", "made": "made", "failed": "failed"}
    print(f"line {result['line']} {states[result['state']]}: {said}", flush=True)
