"""`python -m training evaluate`: the table of what an adapter changes."""

import argparse
from collections.abc import Callable
from pathlib import Path

from training.evaluation.evaluate import evaluate
from training.evaluation.table import check_report_place, write_report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument(
        "--adapter", default="demo", help="the built-in one (demo), a folder or a .safetensors file"
    )
    parser.add_argument("--count", type=_at_least(2), default=500, help="how many random selections")
    parser.add_argument("--seed", type=_at_least(0), default=0, help="which selections and which noise")
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


def _at_least(lowest: int) -> Callable[[str], int]:
    def whole_number(text: str) -> int:
        value = int(text)
        if value < lowest:
            raise argparse.ArgumentTypeError(f"{value} is too small: give {lowest} or more")
        return value

    return whole_number
