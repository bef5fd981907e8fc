"""`captions`: captions for training, as an image folder's metadata."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from prompt_engine.asked import describe_asked
from prompt_engine.captions import CaptionRules
from prompt_engine.commands import arguments
from prompt_engine.commands.progress import with_progress
from prompt_engine.errors import PromptEngineError, UnknownName
from prompt_engine.export import Stamp, check_ending, write_records
from prompt_engine.query import SPLITS, Query
from prompt_engine.realiser import STYLES
from prompt_engine.records import Images, caption_records

HELP = "write captions for training, one line an image that is in the folder"
EXAMPLE = (
    "python -m prompt_engine captions --celeba ../shared/celeba --split train --style varied --seed 7 "
    "--out metadata.jsonl"
)

_ALL = "all"
_SPLITS = (*SPLITS, _ALL)


def add_arguments(parser: arguments.Parser) -> None:
    """What can be given."""
    arguments.add_celeba(parser)
    parser.add_argument(
        "--split",
        metavar="NAME",
        help=f"of these images: {', '.join(_SPLITS)}; train when left out, where the splits are known",
    )
    arguments.add_quality(parser)
    parser.add_argument(
        "--per-image", type=int, default=1, metavar="N", help="captions an image, 1 to 64 (1)"
    )
    parser.add_argument(
        "--sizes", default="2,3,4", metavar="A,B", help="how many attributes a caption names, 0 to 6 (2,3,4)"
    )
    parser.add_argument(
        "--absences", type=float, default=0.0, metavar="SHARE", help="share of them that the face lacks (0)"
    )
    parser.add_argument(
        "--tier-weights",
        default="1,1,1",
        metavar="A,B,C",
        help="how likely unflagged, doubtful and near-random labels are named (1,1,1)",
    )
    parser.add_argument("--style", default="plain", help=f"how they are worded: {', '.join(STYLES)} (plain)")
    arguments.add_seed(parser)
    parser.add_argument(
        "--out", required=True, type=Path, metavar="FILE", help="a .jsonl, .csv or .parquet file to write"
    )


def run(options: argparse.Namespace) -> None:
    """Write the captions of all images that are asked for."""
    if not 1 <= options.per_image <= 64:
        raise PromptEngineError(f"--per-image is {options.per_image}: ask for 1 to 64 captions.")
    rules = CaptionRules(
        tuple(_numbers("--sizes", options.sizes, int)),
        options.absences,
        tuple(_numbers("--tier-weights", options.tier_weights, float)),
        options.style,
    )
    check_ending(options.out, "captions")
    if options.split not in (None, *_SPLITS):
        raise UnknownName.of("split", options.split, _SPLITS)
    seed, asked = arguments.seed(options), Query(blurry=options.blurry, strict=options.strict)
    images = arguments.open_images(options.celeba)
    within = replace(asked, split=_split(options.split, images))
    records = caption_records(images, within, options.per_image, rules, seed)
    watched = records.through(with_progress(len(images.ids(within))))
    written = write_records(
        options.out, watched, Stamp(images.index.md5, describe_asked(within, rules), seed)
    )
    number, others = arguments.of_all(images, within, written)
    print(f"Captions of {number} in {options.out}, seed {seed}{others}")


def _split(asked: str | None, images: Images) -> str | None:
    """The split to caption, None for all; test images are not trained on unasked."""
    if asked is None and not images.index.has_splits:
        print("The splits of these images are not known: all of them get captions.", file=sys.stderr)
        return None
    return None if asked == _ALL else asked or "train"


def _numbers(name: str, text: str, kind: type) -> list:
    try:
        return [kind(part) for part in text.split(",")]
    except ValueError:
        raise PromptEngineError(f"{name} is {text!r}: give numbers with commas between them.") from None
