"""A grid's axes are read from text, its cells are recipes, and what cannot be made is named."""

from __future__ import annotations

import json

import pytest

from generation.errors import InvalidRecipe
from generation.grid.axes import AXES, Axis, read_axis
from generation.grid.grid import Grid, build_grid
from generation.recipe import Recipe
from prompt_engine.realiser import realise
from prompt_engine.selection import Selection

SELECTION = Selection("female", ("Black_Hair", "Smiling"))
BASE = Recipe(realise(SELECTION), 7, SELECTION)


def grid(x: str, y: str | None = None, base: Recipe = BASE, **adapters: str | None) -> Grid:
    axes = [read_axis(*text.split("=")) for text in (x, y) if text]
    return build_grid(base, *axes, adapter_of=adapters.get if adapters else None)


@pytest.mark.parametrize(
    ("name", "text", "values"),
    [
        ("steps", "10, 20,30", (10, 20, 30)),
        ("steps", "1-10[5]", (1, 3, 5, 7, 10)),
        ("steps", "1 - 10 [ 5 ]", (1, 3, 5, 7, 10)),
        ("seed", "3-5,9", (3, 4, 5, 9)),
        ("seed", "10-30(+10)", (10, 20, 30)),
        ("strength", "0-1[5]", (0, 0.25, 0.5, 0.75, 1)),
        ("strength", "0-0.3(+0.1)", (0, 0.1, 0.2, 0.3)),
        ("guidance", "4.5", (4.5,)),
        ("model", "demo, SD 3.5 Large, TURBO", ("demo", "large", "turbo")),
        ("adapter", "owner/name@v1, none, demo", ("owner/name@v1", None, "demo")),
        ("attribute", "none, blond hair, Wearing_Hat, Five o'clock shadow", None),
    ],
)
def test_values_are_read(name: str, text: str, values: tuple[object, ...] | None) -> None:
    expected = (None, "Blond_Hair", "Wearing_Hat", "5_o_Clock_Shadow") if values is None else values
    assert read_axis(name, text).values == expected


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("stps", "1", "did you mean 'steps'"),
        ("steps", " , ", "no values: give 1 to 5, such as 10, 20, 30"),
        ("steps", "1,2,3,4,5,6", "more than 5 values"),
        ("seed", "0-2147483647", "more than 5 values"),
        ("seed", "0-2147483647[999]", "more than 5 values"),
        ("steps", "10, x", "'x' is no number"),
        ("steps", "-3", "'-3' is no number"),
        ("steps", "2.5", "not whole"),
        ("steps", "9-3", "goes nowhere"),
        ("steps", "3-9(+0)", "goes nowhere"),
        ("steps", "3-9[1]", "ask for 2 or more"),
        ("strength", "0-1", "how many: write 0-1[5]"),
        ("strength", "0.5, 0.50", "0.5 is given twice"),
        ("strength", "nan", "'nan' is no number"),
        ("model", "larg", "did you mean 'large'"),
        ("attribute", "Smilin", "did you mean 'Smiling'"),
        ("adapter", "a\x00b", "control characters"),
        ("seed", "1" * 501, "501 characters"),
    ],
)
def test_what_is_no_value_is_named(name: str, text: str, told: str) -> None:
    with pytest.raises(InvalidRecipe) as refused:
        read_axis(name, text)
    assert told in str(refused.value)


@pytest.mark.parametrize("name", AXES)
def test_every_axis_reads_its_own_example_and_calls_its_values_by_different_names(name: str) -> None:
    axis = read_axis(name, AXES[name].example.replace("owner/name", "demo"))
    assert len(set(axis.labels)) == len(axis.values)
    assert len(axis.values) > 1


def test_cells_go_row_by_row_and_differ_in_nothing_but_the_axes() -> None:
    made = grid("steps=10,20", "guidance=2,4,8")
    assert (made.columns, made.rows) == (("10 steps", "20 steps"), ("guidance 2", "guidance 4", "guidance 8"))
    assert [(cell.row, cell.column) for cell in made.cells] == [(y, x) for y in range(3) for x in range(2)]
    for cell in made.cells:
        steps, guidance = (10, 20)[cell.column], (2, 4, 8)[cell.row]
        expected = Recipe(BASE.prompt, 7, SELECTION, steps=steps, guidance=guidance)
        assert (cell.recipe, cell.arm) == (expected, "fine_tuned")


def test_no_strength_and_no_adapter_are_one_vanilla_portrait() -> None:
    made = grid("adapter=demo,none", "strength=0,1")
    recipes = [cell.recipe for cell in made.cells]
    assert [cell.arm for cell in made.cells] == ["vanilla", "vanilla", "fine_tuned", "vanilla"]
    assert recipes[0] == recipes[1] == recipes[3] == Recipe(BASE.prompt, 7, SELECTION, adapter=None)
    assert recipes[2] == BASE


def test_another_model_brings_its_own_settings_and_adapter() -> None:
    made = grid("model=demo,large,turbo", base=Recipe("a man", 7, steps=30), turbo="owner/name")
    demo, large, turbo = (cell.recipe for cell in made.cells)
    assert demo == Recipe("a man", 7, steps=30)
    assert large == Recipe("a man", 7, model="large", adapter=None)
    assert turbo == Recipe("a man", 7, model="turbo", adapter="owner/name")


def test_the_order_of_the_axes_changes_no_recipe() -> None:
    one, other = grid("model=demo,turbo", "steps=4,8"), grid("steps=4,8", "model=demo,turbo")
    assert {cell.recipe for cell in one.cells} == {cell.recipe for cell in other.cells}
    assert None not in {cell.recipe for cell in one.cells}


def test_models_are_worked_off_one_after_the_other_and_empty_cells_first() -> None:
    made = grid("model=demo,turbo", "steps=1,4,8")
    assert [(cell.row, cell.column) for cell in made.in_turn] == [
        (0, 0),
        (0, 1),
        (1, 1),
        (2, 1),
        (1, 0),
        (2, 0),
    ]
    assert made.in_turn[0].recipe is None


def test_an_attribute_takes_the_place_of_another_answer_and_joins_what_else_is_chosen() -> None:
    made = grid("attribute=none,Blond_Hair,Eyeglasses")
    wanted = [cell.recipe and cell.recipe.selection and cell.recipe.selection.wanted for cell in made.cells]
    assert [set(each or ()) for each in wanted] == [
        {"Black_Hair", "Smiling"},
        {"Blond_Hair", "Smiling"},
        {"Black_Hair", "Smiling", "Eyeglasses"},
    ]
    for cell in made.makeable:
        assert cell.recipe is not None and cell.recipe.selection is not None
        assert cell.recipe.prompt == realise(cell.recipe.selection)


def test_what_was_unwanted_is_wanted_where_the_axis_names_it() -> None:
    selection = Selection("female", (), ("Smiling",))
    made = grid("attribute=none,Smiling", base=Recipe(realise(selection), 7, selection))
    assert made.cells[1].recipe is not None
    assert made.cells[1].recipe.selection == Selection("female", ("Smiling",))


def test_two_axes_of_attributes_name_the_cells_that_cannot_have_both() -> None:
    made = grid("attribute=Blond_Hair,Eyeglasses", "attribute=Gray_Hair,Young")
    problems = [cell.problem for cell in made.cells]
    assert "answer the same question" in problems[0]
    assert problems[1:] == ["", "", ""]


def test_cells_that_cannot_be_made_say_why_and_the_others_are_made() -> None:
    made = grid("steps=2,4", "attribute=none,Bald")
    assert [cell.recipe is None for cell in made.cells] == [True, False, True, True]
    assert "takes a whole number from 4 to 50" in made.cells[0].problem
    assert "Bald" in made.cells[3].problem


@pytest.mark.parametrize(
    ("x", "y", "base", "told"),
    [
        ("steps=4,8", "steps=10", BASE, "Both axes vary steps"),
        ("steps=1,2", None, BASE, "Steps is 2"),
        ("attribute=Smiling", None, Recipe("a man", 1), "free one"),
        ("strength=0.5,1", None, Recipe("a man", 1, adapter=None), "no adapter whose strength"),
    ],
)
def test_a_grid_of_which_nothing_can_be_made_is_refused(x: str, y: str, base: Recipe, told: str) -> None:
    with pytest.raises(InvalidRecipe) as refused:
        grid(x, y, base)
    assert told in str(refused.value)


def test_the_axes_are_written_without_places_on_the_machine() -> None:
    axis = Axis("adapter", ("/srv/runs/mine", None))
    written = json.loads(build_grid(BASE, axis).axes_json())
    assert written == {"schema": 1, "x": {"axis": "adapter", "values": ["mine", None]}, "y": None}
    assert axis.labels == ("mine", "no adapter")


def test_the_revision_of_an_adapter_is_not_taken_for_one_of_another() -> None:
    base = Recipe("a man", 1, adapter="owner/name", adapter_revision="a" * 40)
    cells = build_grid(base, read_axis("adapter", "owner/name, owner/other, none")).makeable
    assert [cell.recipe and cell.recipe.adapter_revision for cell in cells] == ["a" * 40, None, None]
