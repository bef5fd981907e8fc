"""The example: what the page shows before anyone clicks; made, it is shipped under assets/examples."""

from generation.locations import REPOSITORY
from generation.recipe import Recipe
from prompt_engine.realiser import realise
from prompt_engine.selection import Selection

EXAMPLE_FOLDER = REPOSITORY / "assets" / "examples"


def example_recipe(model: str = "demo", adapter: str | None = "demo") -> Recipe:
    """The example for a model, with the model's own steps, guidance and size."""
    selection = Selection("female", ("Wavy_Hair", "Blond_Hair", "Smiling"))
    return Recipe(prompt=realise(selection), seed=17, selection=selection, model=model, adapter=adapter)
