"""The example is one recipe for each model, and what is shipped of it was made with the shipped weights."""

import numpy as np
import pytest
from PIL import Image

from generation.events import ARMS, Finished
from generation.example import EXAMPLE_FOLDER, EXAMPLES, example_folder, example_recipe
from generation.models import MODELS
from generation.png.metadata import FILE_NAMES, read_recipe
from generation.workshop.workshop import Workshop
from prompt_engine.realiser import parse


@pytest.mark.parametrize("model", MODELS)
def test_every_model_can_make_the_example(model: str) -> None:
    recipe = example_recipe(model)
    assert (recipe.model, recipe.steps, recipe.seed) == (model, MODELS[model].steps, 17)
    assert parse(recipe.prompt) == recipe.selection


def test_the_shipped_examples_come_from_the_shipped_weights() -> None:
    workshop = Workshop("cpu")
    for at in range(len(EXAMPLES)):
        files = [example_folder(at) / FILE_NAMES[arm] for arm in ARMS]
        assert [read_recipe(path) for path in files] == [workshop.pinned(example_recipe(at=at))] * 2
    shipped = {arm: EXAMPLE_FOLDER / FILE_NAMES[arm] for arm in ARMS}
    *_, last = workshop.compare(example_recipe())
    assert isinstance(last, Finished)
    for arm, path in shipped.items():
        with Image.open(path) as image:
            difference = np.asarray(image, np.float32) - np.asarray(last.comparison.image(arm), np.float32)
        # Last bits differ between processors; between one training and the next it is tens.
        assert np.abs(difference).mean() < 1, arm
