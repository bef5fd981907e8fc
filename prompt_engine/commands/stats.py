"""`stats`: every three-attribute prompt with its number of images, as CSV."""

from __future__ import annotations

import argparse
from pathlib import Path

from prompt_engine.catalogue import write_statistics
from prompt_engine.commands import arguments
from prompt_engine.export import check_ending

HELP = "write every three-attribute prompt with its number of images"
EXAMPLE = "python -m prompt_engine stats --celeba ../shared/celeba --out prompt_stats.csv"


def add_arguments(parser: arguments.Parser) -> None:
    """What can be given."""
    arguments.add_celeba(parser)
    arguments.add_images(parser)
    parser.add_argument("--out", required=True, type=Path, metavar="FILE.csv", help="the file to write")


def run(options: argparse.Namespace) -> None:
    """Count and write."""
    check_ending(options.out, "statistics", [".csv"])
    index, within = arguments.open_celeba(options.celeba), arguments.images(options)
    prompts = write_statistics(index, options.out, within)
    print(f"{prompts:,} prompts over {index.count(within):,} images in {options.out}")
    arguments.say_if_partial(index)
