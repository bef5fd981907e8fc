"""What a command line says of one recipe: the prompt or its attributes, and how its portraits are made."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable

from generation.errors import InvalidRecipe
from generation.links import NO_ADAPTER
from generation.models import MODELS, ModelSpec
from generation.prompts.length import cut_note
from generation.recipe import Recipe
from prompt_engine.realiser import realise
from prompt_engine.seeds import draw_seed
from prompt_engine.selection import Selection


def add_recipe_arguments(parser: argparse.ArgumentParser) -> None:
    """Whatever decides a pixel."""
    _add_what(parser)
    _add_how(parser)


def add_anyway(parser: argparse.ArgumentParser) -> None:
    """The option to work where no GPU is."""
    parser.add_argument(
        "--anyway", action="store_true", help="without a GPU, also with models that need one: for hours"
    )


def add_overwrite(parser: argparse.ArgumentParser) -> None:
    """The option to write over what is there."""
    parser.add_argument(
        "--overwrite", action="store_true", help="also over files in --out that another recipe made"
    )


def read_recipe_arguments(arguments: argparse.Namespace) -> Recipe:
    """The recipe that is asked for; a seed that is left out is drawn.

    Raises:
        InvalidRecipe, PromptEngineError: it cannot be made.
    """
    selection = None
    if arguments.attributes:
        gender, *wanted = arguments.attributes
        selection = Selection(gender, tuple(wanted), tuple(arguments.without))
    elif arguments.without:
        raise InvalidRecipe("--without goes with --attributes: with --prompt, say it in the prompt.")
    return Recipe(
        prompt=realise(selection) if selection else arguments.prompt,
        seed=draw_seed() if arguments.seed is None else arguments.seed,
        selection=selection,
        model=arguments.model,
        adapter=None if arguments.adapter == NO_ADAPTER else arguments.adapter,
        adapter_scale=arguments.scale,
        steps=arguments.steps,
        guidance=arguments.guidance,
        size_px=arguments.size,
    )


def tell_what_is_cut(asked: Iterable[tuple[str, ModelSpec, bool]]) -> None:
    """Say on stderr, once each, which prompts are longer than their model reads, with or without its T5."""
    for note in filter(None, dict.fromkeys(cut_note(*each) for each in asked)):
        print(note, file=sys.stderr, flush=True)


def _add_what(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--prompt", help="what the portraits show, in words")
    what.add_argument(
        "--attributes",
        nargs="+",
        metavar=("GENDER", "ATTRIBUTE"),
        help="for example: female Black_Hair Smiling",
    )
    parser.add_argument(
        "--without", nargs="+", default=[], metavar="ATTRIBUTE", help="with --attributes: not these"
    )
    parser.add_argument("--seed", type=int, help="starting noise; drawn and printed when left out")


def _add_how(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", default="demo", help=f"{', '.join(MODELS)} (default: demo)")
    parser.add_argument(
        "--adapter",
        default="demo",
        help=f'"demo", owner/name on the Hub, a file or its folder; "{NO_ADAPTER}" makes vanilla alone',
    )
    parser.add_argument(
        "--scale", type=float, default=1.0, help="strength of the adapter, 0 to 2 (default: 1)"
    )
    parser.add_argument("--steps", type=int, help="denoising steps (default: the model's)")
    parser.add_argument("--guidance", type=float, help="guidance scale (default: the model's)")
    parser.add_argument("--size", type=int, metavar="PX", help="width and height (default: the model's)")
