"""`python -m generation encode --popular 500 --out FILE`: encodes prompts ahead, for where no encoder is."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from generation.chatter import silence_libraries
from generation.commands.recipe_arguments import tell_what_is_cut
from generation.errors import InvalidRecipe
from generation.models import MODELS, model_spec
from prompt_engine.buckets import GENDERS
from prompt_engine.catalogue import CatalogueRow, catalogue
from prompt_engine.counts import AggregateCounts
from prompt_engine.query import Query
from prompt_engine.realiser import realise

SCHEMA = 1  # of what --json prints


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument(
        "--popular", type=int, default=0, metavar="N", help="the N prompts that most images of CelebA carry"
    )
    parser.add_argument("--prompts", type=Path, metavar="FILE", help="and these: a text file, one a line")
    parser.add_argument("--model", default="demo", help=f"{', '.join(MODELS)} (default: demo)")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="a safetensors file")
    parser.add_argument("--json", action="store_true", help="print one JSON object, for programs")


def run(arguments: argparse.Namespace) -> None:
    """Encode what was asked for; the file is whole or absent.

    Raises:
        InvalidRecipe, ModelUnavailable: no prompts, or no text encoders to encode them.
    """
    spec = model_spec(arguments.model)
    prompts = [*popular_prompts(arguments.popular), *_lines(arguments.prompts)]
    if not prompts:
        raise InvalidRecipe("There is nothing to encode: say how many with --popular, or give --prompts.")
    tell_what_is_cut((prompt, spec, True) for prompt in prompts)
    silence_libraries()
    from generation.loading.pipelines import TEXT_PARTS, load_pipeline
    from generation.prompts.embeddings import write_embeddings

    print(f"Encoding {len(prompts):,} prompts for {spec.title}.", file=sys.stderr, flush=True)
    record = {"schema": SCHEMA, "model": spec.key, "prompts": len(set(prompts))}
    write_embeddings(arguments.out, load_pipeline(spec, parts=TEXT_PARTS), spec, prompts)
    if arguments.json:
        print(json.dumps({**record, "file": str(arguments.out)}, indent=2))
    else:
        print(arguments.out)


def popular_prompts(count: int) -> list[str]:
    """The prompts of three attributes that most images, not Blurry, carry; the most popular first."""
    counts = AggregateCounts.load()
    rows = [
        CatalogueRow(gender, counts.match_count(Query(gender, labels)).images, labels)
        for gender in (GENDERS if count > 0 else ())
        for labels in catalogue(gender)
    ]
    rows.sort(key=lambda row: -row.count)
    return [realise(row.selection) for row in rows[:count]]


def _lines(path: Path | None) -> list[str]:
    if path is None:
        return []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidRecipe(f"{path} cannot be read ({error}): give a text file with --prompts.") from None
    return [" ".join(line.split()) for line in lines if line.strip()]
