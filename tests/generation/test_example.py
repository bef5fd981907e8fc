"""The example is one recipe for each model, made of attributes the page can show."""

import pytest

from generation.example import example_recipe
from generation.models import MODELS
from prompt_engine.realiser import parse


@pytest.mark.parametrize("model", MODELS)
def test_every_model_can_make_the_example(model: str) -> None:
    recipe = example_recipe(model)
    assert (recipe.model, recipe.steps, recipe.seed) == (model, MODELS[model].steps, 2)
    assert parse(recipe.prompt) == recipe.selection
