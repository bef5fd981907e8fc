"""What ZeroGPU will pack when the page is launched, told from the weights' headers before anything is loaded.

At launch it takes whatever lies on its GPU. Above 42 GiB it lends every visitor a whole GPU instead of half
of one, and takes double from their quota, without a word.
Source: `spaces` 0.51.3, zero/__init__.py and zero/configs.json.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from math import prod

from generation.adapters.file import find_adapter, read_adapter_header
from generation.loading.part_identity import identify_part
from generation.loading.placement import without_encoders
from generation.loading.weight_files import count_weights, read_index
from generation.models import model_spec
from generation.recipe import Recipe
from studio.settings import SettingsError

MOST_PACKED_BYTES = 42 * 2**30
BYTES = 2  # a weight, in bfloat16


def check_packed_size(recipes: Iterable[Recipe], most_bytes: int, encoded_ahead: Container[str] = ()) -> int:
    """The bytes that the models and adapters of some recipes take together.

    `encoded_ahead` are the models whose text encoders are left out.

    Raises:
        SettingsError: they are too many to be lent half a GPU for.
        GenerationError: a model or an adapter is not here.
    """
    recipes = list(recipes)
    models = list(dict.fromkeys(recipe.model for recipe in recipes))
    packed = sum(packed_parts(models, encoded_ahead).values()) + sum(_packed_adapters(recipes).values())
    return _check(packed, models, most_bytes)


def check_published_size(models: Iterable[str], most_bytes: int, encoded_ahead: Container[str] = ()) -> int:
    """The same of models that are not here yet, by what is published; their adapters come on top.

    All but the transformer are the same in each of those on the Hub.

    Raises:
        SettingsError: as `check_packed_size`.
    """
    models = list(models)
    parts: dict[str, int] = {}
    for model in models:
        weights = dict(model_spec(model).weights)
        for part, number in (without_encoders(weights) if model in encoded_ahead else weights).items():
            parts[f"{part} of {model}" if part == "transformer" else part] = BYTES * number
    return _check(sum(parts.values()), models, most_bytes)


def _check(packed: int, models: Iterable[str], most_bytes: int) -> int:
    if packed > most_bytes:
        titles = ", ".join(model_spec(model).title for model in models)
        raise SettingsError(
            f"{packed / 2**30:.2f} GiB would be packed for {titles}, and above {most_bytes / 2**30:.2f} GiB "
            "ZeroGPU takes double from every visitor: keep fewer models here, or set EMBEDDINGS, with which "
            "text encoders are left out."
        )
    return packed


def packed_parts(models: Iterable[str], encoded_ahead: Container[str] = ()) -> dict[str, int]:
    """Bytes by what a part is: models that have the same encoder or decoder share it."""
    from generation.loading.pipelines import find_model  # torch takes seconds, and deploying needs none

    parts: dict[str, int] = {}
    for model in models:
        folder = find_model(model_spec(model))
        index = read_index(folder)
        weights = count_weights(folder)
        for part, number in (without_encoders(weights) if model in encoded_ahead else weights).items():
            parts[identify_part(folder / part, index[part])] = BYTES * number
    return parts


def _packed_adapters(recipes: Iterable[Recipe]) -> dict[tuple[str, str], int]:
    """Bytes by model and revision: each model has an adapter of its own attached."""
    adapters: dict[tuple[str, str], int] = {}
    for recipe in recipes:
        if recipe.adapter is not None:
            found = find_adapter(recipe.adapter, recipe.adapter_revision)
            shapes = read_adapter_header(found.path).shapes.values()
            adapters[recipe.model, found.revision] = BYTES * sum(map(prod, shapes))
    return adapters
