"""A recipe says exactly what was made, in one form, or says everything that is wrong with it."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.errors import InvalidRecipe
from generation.models import MODELS
from generation.recipe import Recipe, means_revision
from generation.recipe_json import SCHEMA
from prompt_engine.seeds import LARGEST_SEED, draw_seed
from prompt_engine.selection import Selection

PROMPT = "a man with a big nose"
SELECTION = Selection("male", ("Big_Nose",), ("Eyeglasses",))
FIXTURES = Path(__file__).parent / "fixtures"
OLD = Recipe(
    "a man with a big nose, without eyeglasses",
    17,
    SELECTION,
    model="large",
    model_revision="ceddf0a7fdf2064ea28e2213e3b84e4afa170a0f",
    adapter="someone/faces",
    adapter_revision="0123456789abcdef0123456789abcdef01234567",
    adapter_scale=0.75,
    steps=30,
    guidance=5.5,
    size_px=768,
)

recipes = st.builds(
    Recipe,
    prompt=st.text(st.characters(categories=("L", "N", "P", "Zs")), min_size=1, max_size=80).filter(
        str.strip
    ),
    seed=st.integers(0, LARGEST_SEED),
    selection=st.sampled_from([None, SELECTION]),
    model=st.just("demo"),
    adapter=st.sampled_from([None, "demo", "runs/one"]),
    adapter_scale=st.floats(0, 2) | st.integers(0, 2),
    steps=st.none() | st.integers(4, 50),
    guidance=st.none() | st.floats(0, 20) | st.integers(0, 20),
    step_caching=st.sampled_from([None, "taylorseer"]),
)


@given(recipes)
def test_what_was_written_reads_back(recipe: Recipe) -> None:
    again = Recipe.from_json(recipe.to_json())
    assert again == recipe
    assert (again.to_json(), again.fingerprint()) == (recipe.to_json(), recipe.fingerprint())


@given(recipes, recipes)
def test_fingerprints_are_equal_exactly_for_equal_recipes(one: Recipe, other: Recipe) -> None:
    assert (one.fingerprint() == other.fingerprint()) == (one == other)


def test_ways_to_say_the_same_have_one_fingerprint() -> None:
    plain = Recipe(PROMPT, 7, guidance=4.0, adapter_scale=1.0, steps=20, size_px=96)
    assert Recipe("  a man  with\na big nose ", 7).fingerprint() == plain.fingerprint()
    assert Recipe(PROMPT, 7, guidance=4, adapter_scale=1).fingerprint() == plain.fingerprint()
    assert Recipe(PROMPT, 7, guidance=-0.0) == Recipe(PROMPT, 7, guidance=0)
    assert Recipe(PROMPT, 7, guidance=-0.0).fingerprint() == Recipe(PROMPT, 7, guidance=0).fingerprint()


def test_without_an_adapter_its_strength_and_revision_say_nothing() -> None:
    plain = Recipe(PROMPT, 7, adapter=None)
    other = Recipe(PROMPT, 7, adapter=None, adapter_scale=0.5, adapter_revision="a" * 64)
    assert (plain.adapter_scale, plain.adapter_revision) == (1.0, None)
    assert other == plain and other.fingerprint() == plain.fingerprint()
    assert Recipe(PROMPT, 7, adapter_scale=0).fingerprint() != plain.fingerprint()
    with pytest.raises(InvalidRecipe, match="3"):
        Recipe(PROMPT, 7, adapter=None, adapter_scale=3)


def test_every_older_schema_can_be_read() -> None:
    for path in sorted(FIXTURES.glob("recipe-schema-*.json")):
        recipe = Recipe.from_json(path.read_text(encoding="utf-8"))
        assert replace(recipe, step_caching=None) == OLD, path.name
    assert len(list(FIXTURES.glob("recipe-schema-*.json"))) == SCHEMA


def test_a_field_that_a_schema_did_not_have_is_unknown_in_it() -> None:
    text = (FIXTURES / "recipe-schema-1.json").read_text(encoding="utf-8")
    with pytest.raises(InvalidRecipe, match="step_caching"):
        Recipe.from_json(text.replace('"seed"', '"step_caching":"taylorseer","seed"'))


@pytest.mark.parametrize("key", MODELS)
def test_what_is_left_out_becomes_the_models_own(key: str) -> None:
    recipe, spec = Recipe(PROMPT, 7, model=key), MODELS[key]
    assert (recipe.steps, recipe.guidance, recipe.size_px) == (spec.steps, spec.guidance, spec.size_px)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"seed": -1}, ["-1", "2,147,483,647"]),
        ({"seed": LARGEST_SEED + 1}, ["2147483648"]),
        ({"seed": 7.5}, ["7.5"]),
        ({"seed": True}, ["True"]),
        ({"steps": 3}, ["3", "4 to 50"]),
        ({"steps": 51}, ["51"]),
        ({"steps": 3, "model": "large"}, ["10 to 50", "SD 3.5 Large"]),
        ({"steps": 11, "model": "turbo"}, ["1 to 10"]),
        ({"guidance": 20.1}, ["20.1", "0 to 20"]),
        ({"guidance": math.nan}, ["nan"]),
        ({"guidance": 10**400}, ["0 to 20"]),
        ({"size_px": 97}, ["97", "96"]),
        ({"size_px": 96, "model": "medium"}, ["512 or 768 or 1024"]),
        ({"adapter_scale": 2.5}, ["2.5", "0 to 2"]),
        ({"adapter_scale": math.inf}, ["inf"]),
        ({"adapter_scale": "1"}, ["'1'"]),
        ({"model": "larg"}, ["'larg'", "'large'"]),
        ({"model": "xyz"}, ["demo, medium, large, turbo"]),
        ({"prompt": " "}, ["empty"]),
        ({"prompt": "a" * 1001}, ["1,001", "1,000"]),
        ({"prompt": "a\x00man"}, ["control"]),
        ({"adapter": ""}, ["adapter"]),
        ({"selection": "male"}, ["'male'"]),
        ({"step_caching": "taylor"}, ["'taylor'", "taylorseer"]),
        ({"step_caching": ["taylorseer"]}, ["taylorseer"]),
    ],
)
def test_a_value_out_of_range_is_named_with_what_is_allowed(values: dict, named: list[str]) -> None:
    with pytest.raises(InvalidRecipe) as caught:
        Recipe(**{"prompt": PROMPT, "seed": 7, **values})
    assert len(caught.value.problems) == 1
    assert all(text in str(caught.value) for text in named)


def test_all_problems_are_named_at_once() -> None:
    with pytest.raises(InvalidRecipe) as caught:
        Recipe("", -1, steps=0, guidance=-1, size_px=0, adapter_scale=-1)
    assert len(caught.value.problems) == 6


def test_a_strangers_json_is_refused_field_by_field() -> None:
    text = json.dumps(
        {"schema": 2, "seed": "x", "stepz": 4, "selection": {"gender": "male", "wanted": ["Nose"]}}
    )
    with pytest.raises(InvalidRecipe) as caught:
        Recipe.from_json(text)
    problems = " ".join(caught.value.problems)
    assert len(caught.value.problems) == 4
    assert "'steps'" in problems and "no prompt" in problems and "'x'" in problems and "Nose" in problems


def test_an_absent_prompt_hides_no_other_problem() -> None:
    with pytest.raises(InvalidRecipe) as caught:
        Recipe.from_json('{"schema":1,"seed":7,"model":"larg"}')
    assert [problem.split(":")[0] for problem in caught.value.problems] == [
        "The recipe has no prompt",
        "Unknown model 'larg'",
    ]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "7", '{"schema":3}', '{"schema":true}', '{"schema":[1]}', "[" * 9**5, "{}"]
)
def test_text_that_is_no_recipe_is_refused_whole(text: str) -> None:
    with pytest.raises(InvalidRecipe, match="recipe"):
        Recipe.from_json(text)


@pytest.mark.parametrize(
    ("asked", "means"), [(None, True), ("a" * 40, True), ("a" * 7, True), ("a" * 6, False), ("b" * 7, False)]
)
def test_a_revision_may_be_shortened_as_git_does(asked: str | None, means: bool) -> None:
    assert means_revision(asked, "a" * 40) is means
    assert means_revision("main", "main")


def test_drawn_seeds_are_valid_and_differ() -> None:
    seeds = {draw_seed() for _ in range(20)}
    assert len(seeds) > 1
    assert all(Recipe(PROMPT, seed).seed == seed for seed in seeds)
