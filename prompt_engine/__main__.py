"""The command line: `python -m prompt_engine stats …` and `python -m prompt_engine sample …`."""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from prompt_engine.catalogue import write_statistics
from prompt_engine.celeba_layout import find_attribute_file
from prompt_engine.command_line import OneSentenceParser, run_command
from prompt_engine.errors import PromptEngineError
from prompt_engine.index import open_index
from prompt_engine.realiser import realise
from prompt_engine.sampler import sample_selection
from prompt_engine.seeds import LARGEST_SEED, draw_seed


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it worked, 2 with one sentence when the input was bad."""
    options = _parser().parse_args(arguments)
    return run_command(lambda: options.run(options), PromptEngineError)


def _parser() -> argparse.ArgumentParser:
    parser = OneSentenceParser(
        prog="python -m prompt_engine", description="Prompts from CelebA's attributes."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    stats = commands.add_parser("stats", help="write every three-attribute prompt with its number of images")
    stats.add_argument(
        "--celeba", required=True, type=Path, metavar="DIR", help="a CelebA folder with Anno inside"
    )
    stats.add_argument("--out", required=True, type=Path, metavar="FILE.csv", help="the file to write")
    stats.set_defaults(run=_stats)
    sample = commands.add_parser("sample", help="print random prompts")
    sample.add_argument("-n", type=int, default=20, metavar="N", help="how many prompts (20)")
    sample.add_argument("--seed", type=int, help="the same seed prints the same prompts; drawn when left out")
    sample.add_argument("--gender", help="male or female; drawn when left out")
    sample.add_argument("--size", type=int, default=3, help="attributes a prompt (3)")
    sample.set_defaults(run=_sample)
    return parser


def _stats(options: argparse.Namespace) -> None:
    index = open_index(find_attribute_file(options.celeba))
    prompts = write_statistics(index, options.out)
    print(f"{prompts:,} prompts over {index.size:,} images in {options.out}")


def _sample(options: argparse.Namespace) -> None:
    if options.n < 1:
        raise PromptEngineError(f"Cannot print {options.n} prompts: ask for 1 or more.")
    seed = draw_seed() if options.seed is None else options.seed
    if not 0 <= seed <= LARGEST_SEED:
        raise PromptEngineError(f"The seed is {seed}: use a whole number from 0 to {LARGEST_SEED:,}.")
    rng = random.Random(seed)
    prompts = (realise(sample_selection(rng, options.gender, options.size)) for _ in range(options.n))
    first = next(prompts)  # bad input shows here, before anything is printed
    if options.seed is None:
        print(f"seed {seed}", file=sys.stderr)
    for prompt in chain([first], prompts):
        print(prompt)


if __name__ == "__main__":
    sys.exit(main())
