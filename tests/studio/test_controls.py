"""What the dropdowns show is what is chosen: values read from the page and written to it agree."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.errors import InvalidRecipe
from prompt_engine.buckets import BUCKET_NAMES, GENDERS, buckets
from prompt_engine.sampler import sample_selection
from prompt_engine.selection import Selection
from studio.controls import ANY, read_recipe, read_selection, write_dropdowns

SETTINGS = [7, False, 20, 4.0, 1.0]


NOTHING = [None] * len(BUCKET_NAMES)


def shown(selection: Selection) -> list[Any]:
    """The values that the page holds once it shows a selection."""
    return [selection.gender, *(update["value"] for update in write_dropdowns(selection, NOTHING))]


@given(st.integers(0, 2**32), st.sampled_from(GENDERS), st.integers(0, 8))
def test_a_selection_survives_the_dropdowns(seed: int, gender: str, size: int) -> None:
    selection = sample_selection(random.Random(seed), gender, size)
    assert read_selection(shown(selection)) == selection


@pytest.mark.parametrize("gender", GENDERS)
def test_every_dropdown_of_a_gender_is_shown_with_its_attributes(gender: str) -> None:
    updates = dict(zip(BUCKET_NAMES, write_dropdowns(Selection(gender), NOTHING), strict=True))
    assert {name for name, update in updates.items() if update["visible"]} == {
        each.name for each in buckets(gender)
    }
    for bucket in buckets(gender):
        values = [value for _, value in updates[bucket.name]["choices"] if value != ANY]
        assert values == list(bucket.attributes)


@pytest.mark.parametrize("gender", GENDERS)
def test_options_are_named_for_people(gender: str) -> None:
    for update in write_dropdowns(Selection(gender), NOTHING):
        assert not any("_" in name for name, _ in update["choices"])


@given(st.integers(0, 2**32), st.integers(0, 8))
def test_changing_the_gender_keeps_what_both_have(seed: int, size: int) -> None:
    woman = sample_selection(random.Random(seed), "female", size)
    man = read_selection(["male", *shown(woman)[1:]])
    offered = {label for bucket in buckets("male") for label in bucket.attributes}
    assert set(man.wanted) == set(woman.wanted) & offered


def test_only_what_is_not_shown_yet_is_written() -> None:
    held = shown(Selection("female", ("Wavy_Hair", "Wearing_Lipstick", "Smiling")))[1:]
    updates = write_dropdowns(read_selection(["male", *held]), held)
    assert [name for name, update in zip(BUCKET_NAMES, updates, strict=True) if "value" in update] == [
        "makeup_style"
    ]


def test_a_kept_seed_is_used() -> None:
    recipe = read_recipe([*shown(Selection("male", ("Smiling",))), *SETTINGS], "demo")
    assert (recipe.seed, recipe.steps, recipe.guidance, recipe.adapter_scale) == (7, 20, 4.0, 1.0)
    assert recipe.selection == Selection("male", ("Smiling",))


def test_a_new_seed_is_drawn_each_time() -> None:
    values = [*shown(Selection("male")), 7, True, *SETTINGS[2:]]
    assert len({read_recipe(values, "demo").seed for _ in range(5)}) == 5


def test_an_emptied_seed_field_means_a_new_seed() -> None:
    assert read_recipe([*shown(Selection("male")), None, False, *SETTINGS[2:]], "demo").seed >= 0


@pytest.mark.parametrize("settings", [(1.5, False, 20), (1, False, 4.5)])
def test_a_fraction_is_refused_and_not_rounded(settings: tuple[float, bool, float]) -> None:
    with pytest.raises(InvalidRecipe, match=r"1\.5|4\.5"):
        read_recipe([*shown(Selection("male")), *settings, 4.0, 1.0], "demo")


def test_a_seed_that_is_out_of_range_is_refused() -> None:
    with pytest.raises(InvalidRecipe, match="seed"):
        read_recipe([*shown(Selection("male")), -1, False, *SETTINGS[2:]], "demo")
