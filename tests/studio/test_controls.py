"""What the inputs show is what is chosen: values read from the page and written to it agree."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.errors import InvalidRecipe
from prompt_engine.buckets import BUCKET_NAMES, GENDERS, buckets, offered
from prompt_engine.errors import InvalidSelection
from prompt_engine.sampler import sample_selection
from prompt_engine.selection import Selection
from studio.choice import write_choice
from studio.controls import Choice, read_choice, read_recipe, read_view
from studio.options import ANY, WITHOUT, list_options
from studio.view import View

MADE_WITH = {"model": "demo", "adapter": "demo", "size": 96, "caching": False}
SETTINGS = {"seed": 7, "new_seed": False, "steps": 20, "guidance": 4.0, "strength": 1.0, **MADE_WITH}
OFFERED = {"demo": ("demo",), "large": ("someone/faces", "/srv/mine")}
FILTERS = {"split": "", "blurry": "out", "strict": False, "version": "", "faces_seed": 0}
NOTHING = dict.fromkeys((*BUCKET_NAMES, WITHOUT))


def adapters_for(model: str) -> tuple[str, ...]:
    return OFFERED.get(model, ())


def choice_of(selection: Selection, unusual: bool = False) -> Choice:
    return Choice(selection.gender, selection.wanted, selection.unwanted, unusual)


def written(choice: Choice, held: dict[str, Any], anew: bool = True) -> dict[str, Any]:
    return write_choice(choice, list_options(choice.gender), held, anew)


def shown(choice: Choice) -> dict[str, Any]:
    """The values that the page holds once it shows a choice."""
    values = {name: update["value"] for name, update in written(choice, NOTHING).items()}
    return {"gender": choice.gender, "unusual": choice.unusual, **values, **FILTERS, **SETTINGS}


@given(st.integers(0, 2**32), st.sampled_from(GENDERS), st.integers(0, 6), st.booleans())
def test_a_selection_survives_the_dropdowns(seed: int, gender: str, size: int, unusual: bool) -> None:
    selection = sample_selection(random.Random(seed), gender, size)
    assert read_choice(shown(choice_of(selection, unusual))).checked() == selection


@given(st.data(), st.sampled_from(GENDERS))
def test_every_view_survives_the_dropdowns(data: st.DataObject, gender: str) -> None:
    labels = data.draw(st.lists(st.sampled_from(offered(gender)), unique=True, max_size=6))
    at = data.draw(st.integers(0, len(labels)))
    try:
        view = View(gender=gender, wanted=tuple(labels[:at]), unwanted=tuple(labels[at:]))
    except InvalidSelection:
        return
    assert read_view(shown(Choice.of(view))).selection == view.selection


@pytest.mark.parametrize("gender", GENDERS)
def test_every_dropdown_of_a_gender_is_shown_with_its_options(gender: str) -> None:
    updates = written(choice_of(Selection(gender)), NOTHING)
    visible = {name for name, update in updates.items() if update["visible"]}
    assert visible == {each.name for each in buckets(gender)} | {WITHOUT}
    for bucket in buckets(gender):
        values = [value for _, value in updates[bucket.name]["choices"] if value != ANY]
        assert values == list(bucket.options)


@pytest.mark.parametrize("gender", GENDERS)
def test_options_are_named_for_people(gender: str) -> None:
    for update in written(choice_of(Selection(gender)), NOTHING).values():
        assert not any("_" in name for name, _ in update["choices"])


@given(st.integers(0, 2**32), st.integers(0, 6))
def test_changing_the_gender_keeps_what_both_have(seed: int, size: int) -> None:
    woman = sample_selection(random.Random(seed), "female", size)
    man = read_choice(shown(choice_of(woman)) | {"gender": "male"})
    assert set(man.wanted) == set(woman.wanted) & set(offered("male"))


def test_only_what_is_not_shown_yet_is_written() -> None:
    held = shown(choice_of(Selection("female", ("Wavy_Hair", "Wearing_Lipstick", "Smiling"))))
    updates = written(read_choice(held | {"gender": "male"}), held)
    assert [name for name in BUCKET_NAMES if "value" in updates[name]] == ["makeup_style"]


def test_a_choice_that_is_no_other_kind_of_page_writes_no_value() -> None:
    held = shown(choice_of(Selection("female", ("Wavy_Hair",))))
    for update in written(read_choice(held), held, anew=False).values():
        assert set(update) <= {"choices", "__type__"}


def test_allowing_unusual_combinations_makes_lists_of_single_choices() -> None:
    held = shown(choice_of(Selection("male", ("Bald", "Goatee"))))
    allowed = read_choice(held | {"unusual": True})
    assert allowed.wanted == ("Goatee", "Bald")
    updates = written(allowed, held)
    assert updates["facial_hair"]["value"] == ["Goatee"] and updates["facial_hair"]["multiselect"]
    assert ANY not in [value for _, value in updates["facial_hair"]["choices"]]


def test_allowing_them_no_more_keeps_the_first_of_each_bucket() -> None:
    held = shown(Choice("male", ("Goatee", "Mustache", "Smiling", "Young"), (), unusual=True))
    assert set(read_choice(held).wanted) == {"Goatee", "Mustache", "Smiling", "Young"}
    kept = read_choice(held | {"unusual": False})
    assert set(kept.wanted) == {"Goatee", "Smiling", "Young"}
    assert written(kept, held)["facial_hair"]["value"] == "Goatee"


def test_what_goes_not_together_is_read_and_refused_in_words() -> None:
    choice = read_choice(shown(Choice("male", ("Goatee", "No_Beard"), (), unusual=True)))
    with pytest.raises(InvalidSelection, match="Goatee and Clean-shaven"):
        choice.checked()
    assert written(choice, NOTHING)["facial_hair"]["value"] == ["Goatee", "No_Beard"]


def test_a_kept_seed_is_used() -> None:
    recipe = read_recipe(shown(choice_of(Selection("male", ("Smiling",)))), adapters_for)
    assert (recipe.seed, recipe.steps, recipe.guidance, recipe.adapter_scale) == (7, 20, 4.0, 1.0)
    assert recipe.selection == Selection("male", ("Smiling",))


def test_a_new_seed_is_drawn_each_time() -> None:
    values = shown(choice_of(Selection("male"))) | {"new_seed": True}
    assert len({read_recipe(values, adapters_for).seed for _ in range(5)}) == 5


def test_an_emptied_seed_field_means_a_new_seed() -> None:
    assert read_recipe(shown(choice_of(Selection("male"))) | {"seed": None}, adapters_for).seed >= 0


@pytest.mark.parametrize("settings", [{"seed": 1.5}, {"steps": 4.5}])
def test_a_fraction_is_refused_and_not_rounded(settings: dict[str, float]) -> None:
    with pytest.raises(InvalidRecipe, match=r"1\.5|4\.5"):
        read_recipe(shown(choice_of(Selection("male"))) | settings, adapters_for)


def test_a_seed_that_is_out_of_range_is_refused() -> None:
    with pytest.raises(InvalidRecipe, match="seed"):
        read_recipe(shown(choice_of(Selection("male"))) | {"seed": -1}, adapters_for)


LARGE = {"model": "large", "steps": 28, "guidance": 3.5, "size": 1024}


@pytest.mark.parametrize(
    ("name", "adapter"),
    [
        ("someone/faces", "someone/faces"),
        ("another/one@0123456", "another/one@0123456"),
        ("mine", "/srv/mine"),
        ("none", None),
        (None, None),
    ],
)
def test_an_adapter_is_one_that_is_offered_or_on_the_hub(name: str | None, adapter: str | None) -> None:
    values = shown(choice_of(Selection("male"))) | LARGE | {"adapter": name, "caching": True}
    recipe = read_recipe(values, adapters_for)
    assert (recipe.model, recipe.adapter, recipe.step_caching) == ("large", adapter, "taylorseer")


@pytest.mark.parametrize("name", ["/srv/mine", "demo", "../x", "C:\\x", "a b"])
def test_no_visitor_names_a_file_of_this_machine(name: str) -> None:
    with pytest.raises(InvalidRecipe, match="owner/name"):
        read_recipe(shown(choice_of(Selection("male"))) | LARGE | {"adapter": name}, adapters_for)
