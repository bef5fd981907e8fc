"""What was made before is given again at once: no model is loaded for it."""

import time
from pathlib import Path

import pytest

from generation.events import Finished
from generation.links import recipe_from_link, write_link
from generation.recipe import Recipe
from generation.results import ResultStore
from generation.workshop.workshop import Workshop

MOST_S = 0.15


@pytest.mark.usefixtures("bundled")
def test_a_link_to_what_is_stored_is_answered_without_a_pipeline(recipe: Recipe, tmp_path: Path) -> None:
    *_, made = Workshop("cpu", ResultStore(tmp_path / "results")).compare(recipe)
    assert isinstance(made, Finished)
    link = write_link(made.comparison.recipe, "http://127.0.0.1:7860/")
    other = Workshop("cpu", ResultStore(tmp_path / "results"))
    other.pinned(recipe)  # the weights are hashed once
    started = time.process_time()
    events = list(other.compare(recipe_from_link(link)))
    assert time.process_time() - started < MOST_S
    assert len(events) == 1 and isinstance(events[0], Finished)  # no step was taken
    again = events[0].comparison
    assert again.recipe == made.comparison.recipe
    for arm in again.arms:
        assert again.image(arm).tobytes() == made.comparison.image(arm).tobytes()
