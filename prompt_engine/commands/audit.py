"""`audit`: where the labels contradict each other or are odd, and which images those are."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

from prompt_engine.audit import FINDINGS, Finding
from prompt_engine.audit_counts import FindingCount, count_findings
from prompt_engine.commands import arguments
from prompt_engine.dataset_facts import Dataset
from prompt_engine.errors import UnknownName
from prompt_engine.index import AttributeIndex
from prompt_engine.prompt_filter import DEFAULT_THRESHOLD
from prompt_engine.query import Query

HELP = "count and list the images whose labels contradict each other or are odd"
EXAMPLE = "python -m prompt_engine audit --celeba ../shared/celeba --finding noses --limit 10"


def add_arguments(parser: arguments.Parser) -> None:
    """What can be given."""
    arguments.add_celeba(parser)
    arguments.add_split(parser)
    parser.add_argument(
        "--finding", metavar="NAME", help="list the images of this finding; all are counted when left out"
    )
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="the most images to list (20)")
    arguments.add_json(parser)


def run(options: argparse.Namespace) -> None:
    """Print all findings with their counts, or the images of one."""
    arguments.check_limit(options.limit)
    finding = _finding(options.finding) if options.finding else None
    index = arguments.open_celeba(options.celeba)
    if finding:
        _print_images(index, finding, options)
    else:
        _print_findings(index, Query(split=options.split), options.json)


def _finding(name: str) -> Finding:
    by_name = {finding.name: finding for finding in FINDINGS}
    if name not in by_name:
        raise UnknownName.of("finding", name, by_name)
    return by_name[name]


def _print_images(index: AttributeIndex, finding: Finding, options: argparse.Namespace) -> None:
    rows = index.find(finding, Query(split=options.split))
    listed = rows[: options.limit].tolist()
    if options.json:
        ids = [index.file_name(row) for row in listed]
        arguments.print_json({"finding": finding.name, "count": len(rows), "ids": ids})
        return
    print(f"{finding.title}: {len(rows):,} images that are not blurry")
    for row in listed:
        print(f"{index.file_name(row)}  {' '.join(sorted(index.labels(row)))}")


def _print_findings(index: AttributeIndex, within: Query, as_json: bool) -> None:
    found = count_findings(index, within)
    strict = _strict(index, within)
    if as_json:
        arguments.print_json({"findings": [_described(each) for each in found], "strict": strict})
        return
    print(f"{'all':>8} {'not blurry':>10} {'men':>8} {'women':>8}  finding")
    for each in found:
        kind = "contradiction" if each.finding.contradiction else "odd"
        whole, sharp, men, women = _numbers(each).values()
        numbers = f"{whole:8,} {sharp:10,} {men:8,} {women:8,}"
        print(f"{numbers}  {each.finding.title} ({each.finding.name}, {kind})")
    print(
        f"Without all contradictions: {strict['images_after']:,} of {strict['images_before']:,} images, "
        f"{strict['prompts_after']:,} of {strict['prompts_before']:,} prompts of {DEFAULT_THRESHOLD} or more."
    )


def _described(counted: FindingCount) -> dict[str, Any]:
    finding = counted.finding
    known = {"finding": finding.name, "title": finding.title, "contradiction": finding.contradiction}
    return known | _numbers(counted)


def _numbers(counted: FindingCount) -> dict[str, int]:
    """Of an index, which tells them all."""
    return {
        "all": counted.with_blurry or 0,
        "not_blurry": counted.sharp or 0,
        "male": counted.male or 0,
        "female": counted.female or 0,
    }


def _strict(index: AttributeIndex, within: Query) -> dict[str, int]:
    """What the strict switch leaves of images and prompts."""
    dataset, found = Dataset(index), {}
    for name, images in (("before", within), ("after", replace(within, strict=True))):
        facts = dataset.facts(images)
        found[f"images_{name}"] = facts.images
        found[f"prompts_{name}"] = sum(row.count >= DEFAULT_THRESHOLD for row in facts.rows)
    return found
