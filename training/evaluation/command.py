"""`python -m training evaluate`: the table of what an adapter changes."""

import argparse
from pathlib import Path

from training.arguments import seed_number, whole_number
from training.evaluation.evaluate import REPORT_SEED, evaluate
from training.evaluation.table import check_report_place, write_report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument(
        "--adapter", default="demo", help="the built-in one (demo), a folder or a .safetensors file"
    )
    parser.add_argument(
        "--count", type=whole_number(2, 100_000), default=500, help="how many random selections"
    )
    parser.add_argument(
        "--seed", type=seed_number, default=REPORT_SEED, help="which selections and which noise"
    )
    parser.add_argument(
        "--write", type=Path, metavar="README", help="put the table between this file's marks"
    )


def run(arguments: argparse.Namespace) -> None:
    """Measures, prints the table and, if asked, writes it."""
    if arguments.write:
        check_report_place(arguments.write)
    report = evaluate(arguments.adapter, arguments.count, arguments.seed)
    if arguments.write:
        write_report(arguments.write, report)
