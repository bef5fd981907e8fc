"""`python -m training kohya`: an adapter once more, under the names of kohya's sd-scripts."""

from __future__ import annotations

import argparse
from pathlib import Path

from generation.adapters.file import resolve_adapter


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument("adapter", metavar="ADAPTER", help="a run folder, a safetensors file, or demo")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="the safetensors file to write"
    )


def run(arguments: argparse.Namespace) -> None:
    """Writes the file and says what is in it."""
    adapter = resolve_adapter(arguments.adapter)
    # Only now: torch takes a second that `--help` and a wrong path need not wait for.
    from training.kohya import write_kohya

    own, joined = write_kohya(adapter, arguments.out)
    print(
        f"Done: {arguments.out} holds the adapter's {own} layers as {joined} under kohya's names, where "
        "queries, keys and values are one layer; alpha is the rank."
    )
