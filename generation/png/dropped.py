"""A picture that is dropped on the page: ours, or another program's as far as it can be read."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

from generation.errors import InvalidRecipe
from generation.png.comfy_graph import read_graph
from generation.png.foreign import read_parameters
from generation.png.foreign_settings import Found
from generation.png.text import read_png_text
from generation.recipe import Recipe
from generation.recipe_fields import usable_fields
from generation.recipe_json import parse_fields

MOST_TOLD = 10  # sentences about what is left alone


def read_dropped(path: Path, model: str = "demo") -> tuple[dict[str, Any], tuple[str, ...]]:
    """The fields of a recipe that a PNG says, and a sentence for each that cannot be used and is left alone.

    `model` is the one that the fields are for where the picture names none.

    Raises:
        InvalidRecipe: the file is no PNG that can be read.
    """
    texts = read_png_text(path)
    found = _found(texts, Path(path).name)
    usable, problems = usable_fields(found.values, model)
    told = [*found.told, *problems]
    more = len(told) - MOST_TOLD
    rest = (f"{more:,} more of its settings are left alone.",) if more > 0 else ()
    return usable, (*told[:MOST_TOLD], *rest)


def _found(texts: dict[str, str], name: str) -> Found:
    ours = _ours(texts["recipe"]) if "recipe" in texts else Found()
    if ours.values:
        return ours
    if "parameters" in texts:
        theirs = read_parameters(texts["parameters"])
    elif texts.keys() & {"prompt", "workflow"}:
        theirs = read_graph(texts.get("prompt"), texts.get("workflow"))
    else:
        theirs = Found(told=[] if ours.told else [f"{name} does not say how it was made."])
    return Found(theirs.values, ours.told + theirs.told)


def _ours(text: str) -> Found:
    try:
        return Found(*parse_fields(text, [field.name for field in fields(Recipe)]))
    except InvalidRecipe as error:
        return Found(told=list(error.problems))
