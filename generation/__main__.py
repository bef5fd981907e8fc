"""The command line: `python -m generation compare --prompt "a woman with black hair" --seed 7 --out DIR`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import closing
from importlib import import_module
from pathlib import Path

from generation.errors import GenerationError
from generation.events import Comparison, Finished, Progress
from generation.hub_access import take_token
from generation.metadata import write_comparison
from generation.open_workshop import open_workshop
from generation.recipe import Recipe
from generation.recipe_arguments import add_recipe_arguments, read_recipe_arguments
from prompt_engine.command_line import OneSentenceParser, run_command
from prompt_engine.errors import PromptEngineError

# Imported only when asked for: each needs imports that the others do not.
LAZY_COMMANDS = {
    "models": ("generation.models_command", "say what this machine can run, or fetch a model's weights"),
    "batch": ("generation.batch_command", "make all that a file asks for; stopped, it goes on where it was"),
    "encode": ("generation.encode_command", "encode prompts ahead, for a place without text encoders"),
    "grid": ("generation.grid_command", "vary one recipe along two axes; stopped, it goes on where it was"),
    "adapter-check": ("generation.adapter_check_command", "say whether an adapter fits a model"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; 2 means bad input, said in one sentence on stderr."""
    given = list(sys.argv[1:] if argv is None else argv)
    take_token()
    return run_command(lambda: _run(given), GenerationError, PromptEngineError)


def _run(given: Sequence[str]) -> int | None:
    arguments = _build_parser(given).parse_args(given)
    return arguments.run(arguments)


def _build_parser(given: Sequence[str]) -> argparse.ArgumentParser:
    parser = OneSentenceParser(prog="python -m generation", description="Make portraits.")
    commands = parser.add_subparsers(dest="command", required=True)
    compare = commands.add_parser(
        "compare", help="make one portrait without and one with the adapter, from the same prompt and noise"
    )
    add_recipe_arguments(compare)
    compare.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the PNGs")
    compare.set_defaults(run=_run_compare)
    for name, (module, help_text) in LAZY_COMMANDS.items():
        command = commands.add_parser(name, help=help_text)
        if name in given[:1]:
            implementation = import_module(module)
            implementation.add_arguments(command)
            command.set_defaults(run=implementation.run)
    return parser


def _run_compare(arguments: argparse.Namespace) -> None:
    recipe, out = read_recipe_arguments(arguments), arguments.out
    _check_writable(out)
    comparison = _compare(recipe)
    try:
        paths = write_comparison(comparison, out)
    except OSError as error:
        raise _cannot_write(out, error.strerror or str(error)) from error
    print(f"prompt: {recipe.prompt}\nseed: {recipe.seed}", *paths.values(), sep="\n")


def _check_writable(folder: Path) -> None:
    """Find out before minutes of work, and without making anything yet."""
    place = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not place.is_dir():
        raise _cannot_write(folder, f"{place} is a file")
    if not os.access(place, os.W_OK):
        raise _cannot_write(folder, f"{place} may not be written")


def _cannot_write(folder: Path, reason: str) -> GenerationError:
    return GenerationError(f"Cannot write to {folder}: {reason}. Choose another folder with --out.")


def _compare(recipe: Recipe) -> Comparison:
    print("Loading the model.", file=sys.stderr, flush=True)
    with closing(open_workshop().compare(recipe)) as events:
        for event in events:
            if isinstance(event, Progress):
                _show(event)
            elif isinstance(event, Finished):
                return event.comparison
    raise AssertionError("a comparison ends with its result")


def _show(progress: Progress) -> None:
    title = progress.arm.replace("_", "-")
    line = f"{title} {progress.step}/{progress.steps}, {progress.seconds_left:.1f} s left"
    live = sys.stderr.isatty()
    last = progress.step == progress.steps
    print(
        f"\r{line:<40}" if live else line, end="\n" if last or not live else "", file=sys.stderr, flush=True
    )


if __name__ == "__main__":
    sys.exit(main())
