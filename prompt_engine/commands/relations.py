"""`relations`: which attributes go together more or less often than chance."""

from __future__ import annotations

import argparse
from typing import Any

from prompt_engine.buckets import GENDERS
from prompt_engine.commands import arguments
from prompt_engine.errors import UnknownName
from prompt_engine.relations import Conflict, Relation, relations

HELP = "print which attributes go together more or less often than chance"
EXAMPLE = "python -m prompt_engine relations --gender male --conflict soft --limit 10"
_COLUMNS = f"{'observed':>9} {'expected':>9} {'lift':>6} {'95 %':>13}  {'conflict':<8}  gender  attributes"


def add_arguments(parser: arguments.Parser) -> None:
    """What can be given."""
    arguments.add_celeba(parser, required=False)
    arguments.add_images(parser)
    parser.add_argument("--gender", help="male or female; both when left out")
    parser.add_argument(
        "--conflict", help=f"only such pairs: {', '.join(each.value for each in Conflict)}; all when left out"
    )
    parser.add_argument(
        "--limit", type=int, metavar="N", help="the most pairs to print (20; with --json all)"
    )
    arguments.add_json(parser)


def run(options: argparse.Namespace) -> None:
    """Print the pairs, those surely farthest from chance first."""
    if options.limit is not None:
        arguments.at_least_one("--limit", options.limit)
    for kind, value, known in (
        ("gender", options.gender, GENDERS),
        ("conflict", options.conflict, [each.value for each in Conflict]),
    ):
        if value is not None and value not in known:
            raise UnknownName.of(kind, value, known)
    counts = arguments.open_counts(options)
    found = [
        each
        for gender in ([options.gender] if options.gender else GENDERS)
        for each in relations(counts, gender)
        if options.conflict in (None, each.conflict.value)
    ]
    found.sort(key=lambda each: -each.occurrence.strength)
    if options.json:
        arguments.print_json([_described(each) for each in found[: options.limit]])
        return
    print(_COLUMNS)
    for each in found[: 20 if options.limit is None else options.limit]:
        print(_line(each))


def _described(relation: Relation) -> dict[str, Any]:
    occurrence = relation.occurrence
    return {
        "gender": relation.gender,
        "attributes": list(relation.labels),
        "observed": occurrence.observed,
        "expected": round(occurrence.expected, 3),
        **{
            name: None if value != value else round(value, 4)  # JSON has no nan
            for name, value in (("lift", occurrence.lift), ("low", occurrence.low), ("high", occurrence.high))
        },
        "conflict": relation.conflict.value,
    }


def _line(relation: Relation) -> str:
    occurrence = relation.occurrence
    bounds = f"{occurrence.low:.2f}–{occurrence.high:.2f}"
    return (
        f"{occurrence.observed:9,} {occurrence.expected:9,.0f} {occurrence.lift:6.2f} {bounds:>13}  "
        f"{relation.conflict.value:<8}  {relation.gender:<6}  {' + '.join(relation.labels)}"
    )
