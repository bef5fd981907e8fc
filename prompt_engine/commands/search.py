"""`search`: how many images carry some labels and lack others, and which ones."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

from prompt_engine.attributes import LABELS
from prompt_engine.commands import arguments
from prompt_engine.query import Query

HELP = "count and list the images that carry some labels and lack others"
EXAMPLE = (
    "python -m prompt_engine search --celeba ../shared/celeba --gender male --wanted Smiling,Young "
    "--unwanted Eyeglasses --limit 20 --json"
)


def add_arguments(parser: arguments.Parser) -> None:
    """What can be given."""
    arguments.add_celeba(parser)
    parser.add_argument("--gender", help="male or female; both when left out")
    known = ", ".join(LABELS)
    parser.add_argument(
        "--wanted", type=arguments.labels, default=(), metavar="A,B", help=f"labels to carry, of: {known}"
    )
    parser.add_argument(
        "--unwanted", type=arguments.labels, default=(), metavar="A,B", help="labels to lack, of the same"
    )
    arguments.add_images(parser, by_label=True)
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="the most images to list (20)")
    arguments.add_json(parser)


def run(options: argparse.Namespace) -> None:
    """Print the number of all, and the file names of the first, in the order of the attribute list."""
    arguments.check_limit(options.limit)
    query = replace(
        arguments.images(options), gender=options.gender, wanted=options.wanted, unwanted=options.unwanted
    )
    index = arguments.open_celeba(options.celeba)
    rows = index.match_rows(query)
    ids = [index.file_name(row) for row in rows[: options.limit].tolist()]
    if options.json:
        arguments.print_json({"count": len(rows), "ids": ids})
        return
    print(f"{len(rows):,} images")
    arguments.say_if_partial(index)
    if why := _why_none(query):
        print(why, file=sys.stderr)
    for each in ids:
        print(each)


def _why_none(query: Query) -> str | None:
    """Why no image can answer, where the gender and the label of it contradict each other."""
    advice = "leave out the gender or the label."
    if query.gender == "female" and "Male" in query.wanted:
        return f"No woman has the label Male, which is wanted: {advice}"
    if query.gender == "male" and "Male" in query.unwanted:
        return f"Every man has the label Male, which is unwanted: {advice}"
    return None
