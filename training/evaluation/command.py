"""`python -m training evaluate`: the table of what an adapter changes."""

import argparse
from pathlib import Path

from generation.adapter_file import resolve_adapter
from generation.adapters import attach_adapter
from generation.models import model_spec
from generation.pipelines import load_pipeline
from training.evaluation.classifier import load_classifier
from training.evaluation.measure import measure, random_selections
from training.evaluation.table import render_report, write_report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument(
        "--adapter", default="demo", help="the built-in adapter (demo), a folder or a .safetensors file"
    )
    parser.add_argument("--count", type=_positive, default=500, help="how many random selections")
    parser.add_argument("--seed", type=int, default=0, help="which selections and which noise")
    parser.add_argument(
        "--write", type=Path, metavar="README", help="put the table between this file's quality marks"
    )


def run(arguments: argparse.Namespace) -> None:
    """Measures, prints the table and, if asked, writes it."""
    spec = model_spec("demo")
    classifier, accuracy = load_classifier()
    pipeline = load_pipeline(spec)
    attach_adapter(pipeline, resolve_adapter(arguments.adapter))
    selections = random_selections(arguments.count, arguments.seed)
    found = measure(pipeline, spec, classifier, accuracy, selections, arguments.seed, _say)
    report = render_report(found, accuracy)
    print(report)
    if arguments.write:
        write_report(arguments.write, report)


def _say(line: str) -> None:
    print(line, flush=True)


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is no number of selections: give 1 or more")
    return value
