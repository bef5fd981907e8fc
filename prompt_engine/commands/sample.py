"""`sample`: random prompts, printed as they are drawn."""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from prompt_engine import ENGINE_VERSION
from prompt_engine.commands import arguments
from prompt_engine.commands.progress import with_progress
from prompt_engine.counts import CELEBA_MD5
from prompt_engine.distribution import MODES
from prompt_engine.prompt_sampler import Counter, PromptSampler
from prompt_engine.query import Query
from prompt_engine.realiser import STYLES, realise
from prompt_engine.selection import Selection

HELP = "print random prompts"
EXAMPLE = "python -m prompt_engine sample -n 20 --seed 7 --mode faithful --least-images 200"


def add_arguments(parser: arguments.Parser) -> None:
    """What can be given."""
    parser.add_argument("-n", type=int, default=20, metavar="N", help="how many prompts (20)")
    arguments.add_seed(parser)
    parser.add_argument("--gender", help="male or female; drawn when left out")
    parser.add_argument("--size", type=int, default=3, metavar="N", help="attributes a prompt, 0 to 6 (3)")
    parser.add_argument("--mode", default="legacy", help=f"how they are drawn: {', '.join(MODES)} (legacy)")
    parser.add_argument(
        "--least-images", type=int, default=0, metavar="N", help="images each must have; 0 for any number (0)"
    )
    parser.add_argument("--style", default="plain", help=f"how they are worded: {', '.join(STYLES)} (plain)")
    parser.add_argument(
        "--absences",
        type=float,
        default=0.0,
        metavar="SHARE",
        help="share of them said to be absent (0)",
    )
    arguments.add_celeba(parser, required=False)
    arguments.add_images(parser)
    arguments.add_json(parser)


def run(options: argparse.Namespace) -> None:
    """Draw and print, one a line."""
    arguments.at_least_one("-n", options.n)
    seed = arguments.seed(options)
    within = arguments.images(options)
    counter, md5 = _open_counter(options.celeba, within)
    sampler = PromptSampler(
        options.mode,
        counter,
        options.gender,
        options.size,
        options.least_images,
        within,
        options.absences,
    )
    lines = _lines(sampler, seed, options)
    first = next(lines)  # bad input shows here, before anything is printed
    if options.seed is None:
        print(f"seed {seed}", file=sys.stderr)
    for line in _watched(chain([first], lines), options.n):
        if options.json:
            arguments.print_json({**line, "data_md5": md5, "engine_version": ENGINE_VERSION, "seed": seed})
        else:
            print(line["prompt"])


def _open_counter(source: str | None, within: Query) -> tuple[Counter, str]:
    """What counts images, and the MD5 of the list they are counted in."""
    if source is None:
        return arguments.load_shipped_counts(within), CELEBA_MD5
    index = arguments.open_celeba(source)
    return index, index.md5


def _watched(lines: Iterable[dict[str, Any]], number: int) -> Iterable[dict[str, Any]]:
    """With a bar where the prompts go elsewhere; on a terminal they are their own progress."""
    return lines if sys.stdout.isatty() else with_progress(number, "prompts")(lines)


def _lines(sampler: PromptSampler, seed: int, options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    rng = random.Random(seed)
    for number in range(options.n):
        yield _described(sampler.draw(rng), options.style, seed + number)


def _described(selection: Selection, style: str, seed: int) -> dict[str, Any]:
    prompt = realise(selection, style, seed)
    return {
        "gender": selection.gender,
        "attributes": list(selection.wanted),
        "unwanted": list(selection.unwanted),
        "prompt": prompt,
    }
