"""The examples: what the page shows before anyone clicks, and at a click; shipped under assets/examples."""

from pathlib import Path

from generation.locations import REPOSITORY
from generation.recipe import Recipe
from prompt_engine.realiser import realise
from prompt_engine.selection import Selection

EXAMPLE_FOLDER = REPOSITORY / "assets" / "examples"
# A choice and its seed; the first is what the page shows unasked.
EXAMPLES: tuple[tuple[Selection, int], ...] = (
    (Selection("female", ("Wavy_Hair", "Blond_Hair", "Smiling")), 17),
    (Selection("male", ("Gray_Hair", "Receding_Hairline", "Eyeglasses")), 8),
    (Selection("female", ("Brown_Hair", "Smiling", "Wearing_Hat")), 3),
    (Selection("male", ("Black_Hair", "Goatee", "Smiling")), 8),
    (Selection("female", ("Black_Hair", "Bangs", "Eyeglasses")), 5),
    (Selection("male", ("Brown_Hair", "Smiling", "Wearing_Necktie")), 5),
)


def example_recipe(model: str = "demo", adapter: str | None = "demo", at: int = 0) -> Recipe:
    """An example for a model, with the model's own steps, guidance and size."""
    selection, seed = EXAMPLES[at]
    return Recipe(prompt=realise(selection), seed=seed, selection=selection, model=model, adapter=adapter)


def example_folder(at: int, folder: Path = EXAMPLE_FOLDER) -> Path:
    """Where an example's portraits lie: those of the first in `folder` itself, of others in one below."""
    return folder / f"{at + 1}" if at else folder
