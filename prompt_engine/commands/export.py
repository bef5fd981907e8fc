"""`export`: the catalogue, what its filter loses, a wildcard file, or the images of a query."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from prompt_engine.asked import describe_asked
from prompt_engine.commands import arguments
from prompt_engine.commands.progress import with_progress
from prompt_engine.dataset_facts import Dataset
from prompt_engine.errors import PromptEngineError, UnknownName
from prompt_engine.export import Stamp, check_ending, write_records
from prompt_engine.query import Query
from prompt_engine.records import catalogue_records, image_records, loss_records
from prompt_engine.whole_file import replacing
from prompt_engine.wildcards import ENDINGS, wildcard_file

WHAT = ("catalogue", "losses", "wildcards", "images")
_OF_IMAGES = ("gender", "wanted", "unwanted")
_OF_PROMPTS = ("least_images", "least_lift", "worst_label")
HELP = "write the catalogue, what its filter loses, wildcards for dynamicprompts, or the images in the folder"
EXAMPLE = "python -m prompt_engine export catalogue --celeba ../shared/celeba --out catalogue.parquet"


def add_arguments(parser: arguments.Parser) -> None:
    """What can be given."""
    parser.add_argument("what", help=f"one of {', '.join(WHAT)}")
    arguments.add_celeba(parser)
    arguments.add_images(parser, by_label=True)
    arguments.add_filter(parser)
    parser.add_argument("--gender", help="of images: male or female; both when left out")
    parser.add_argument("--wanted", type=arguments.labels, metavar="A,B", help="of images: labels to carry")
    parser.add_argument("--unwanted", type=arguments.labels, metavar="A,B", help="of images: labels to lack")
    parser.add_argument(
        "--out",
        required=True,
        type=Path,
        metavar="FILE",
        help="a .csv, .jsonl or .parquet file to write; of wildcards, a .yaml file",
    )


def run(options: argparse.Namespace) -> None:
    """Write what is asked for."""
    if options.what not in WHAT:
        raise UnknownName.of("export", options.what, WHAT)
    _check_flags(options)
    check_ending(options.out, options.what, ENDINGS if options.what == "wildcards" else None)
    prompt_filter = arguments.prompt_filter(options)
    within = arguments.images(options)
    if options.what == "images":
        query = replace(
            within, gender=options.gender, wanted=options.wanted or (), unwanted=options.unwanted or ()
        )
        _write_images(options, query)
        return
    dataset = Dataset(arguments.open_celeba(options.celeba))
    stamp = Stamp(dataset.md5, describe_asked(within, prompt_filter))
    assessed = dataset.judged(within, prompt_filter)
    if options.what == "wildcards":
        with replacing(options.out) as beside:
            beside.write_text(wildcard_file(assessed, stamp), encoding="utf-8", newline="\n")
    else:
        records_of = {"catalogue": catalogue_records, "losses": loss_records}[options.what]
        write_records(options.out, records_of(assessed), stamp)
    kept = sum(each.kept for each in assessed)
    print(f"{kept:,} of {len(assessed):,} prompts are kept: {options.what} in {options.out}")


def _check_flags(options: argparse.Namespace) -> None:
    """Refuse what the other exports take, and this one would ignore."""
    of_images = options.what == "images"
    theirs = "catalogue, losses and wildcards" if of_images else "images"
    for name in _OF_PROMPTS if of_images else _OF_IMAGES:
        if getattr(options, name) is not None:
            flag = f"--{name.replace('_', '-')}"
            raise PromptEngineError(
                f"{flag} is for the export of {theirs}, not of {options.what}: leave it out."
            )


def _write_images(options: argparse.Namespace, query: Query) -> None:
    images = arguments.open_images(options.celeba)
    records = image_records(images, query).through(with_progress(len(images.ids(query))))
    written = write_records(options.out, records, Stamp(images.index.md5, describe_asked(query)))
    number, others = arguments.of_all(images, query, written)
    print(f"{number} in {options.out}{others}")
