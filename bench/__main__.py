"""python -m bench: measure every target and print them beside what was reached.

Exit code 1 when a target was missed, 0 otherwise; what could not be measured is said in the table.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.table import NEVER, Row, render_table
from generation.locations import REPOSITORY


def main() -> int:
    arguments = read_arguments()
    rows = []
    for row in measure(arguments):
        rows.append(row)
        print(f"measured: {row.what}", file=sys.stderr)
    print(render_table(rows))
    return int(any(row.ok is False for row in rows))


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure what the product promises.")
    folder = Path(os.environ.get("CELEBA_DIR") or REPOSITORY.parent / "shared" / "celeba")
    parser.add_argument(
        "--celeba", type=Path, default=folder, help="the official CelebA folder (default: %(default)s)"
    )
    parser.add_argument("--tests", action="store_true", help="also time the tests and the rehearsal")
    return parser.parse_args()


def measure(arguments: argparse.Namespace) -> Iterator[Row]:
    """Every row of the table; the app is measured first, while this process is still small."""
    from bench.app_speed import measure_app
    from bench.asset_size import measure_assets
    from bench.comparison_speed import measure_comparison
    from bench.explore_speed import measure_explore
    from bench.index_speed import measure_index
    from bench.training_speed import measure_training
    from bench.variety import measure_variety
    from bench.visitors import measure_visitors

    yield from measure_app()
    yield from measure_explore(arguments.celeba)
    yield from measure_visitors()
    yield from measure_index(arguments.celeba / "Anno" / "list_attr_celeba.txt")
    yield from measure_comparison()
    yield from measure_training()
    yield measure_variety()
    yield from measure_assets(REPOSITORY / "assets")
    yield measure_target("make test, packages installed", 8, arguments.tests, "test", "ARGS=-q")
    yield measure_target("make rehearsal, packages from a local cache", 3, arguments.tests, "rehearsal")


def measure_target(what: str, at_most_min: float, run: bool, *target: str) -> Row:
    """Time a target of the Makefile that runs tests, or say how to."""
    if not run:
        return Row(what, at_most_min, None, "min", 'add --tests: make bench ARGS="--tests"')
    started = time.perf_counter()
    # A process of its own, as for a user: this one has torch loaded already.
    passed = subprocess.run(["make", *target], cwd=REPOSITORY).returncode == 0
    minutes = (time.perf_counter() - started) / 60
    told = "all pass" if passed else "some tests fail"
    return Row(what, at_most_min, minutes if passed else NEVER, "min", told)


if __name__ == "__main__":
    sys.exit(main())
