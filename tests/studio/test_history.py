"""The history: what a browser keeps, what is read of it whatever it holds, its cards, and its archive."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from PIL import Image

from generation.events import ARMS, Comparison
from generation.png.metadata import read_recipe as read_png
from generation.recipe import Recipe
from generation.results import ResultStore
from prompt_engine.realiser import realise
from prompt_engine.selection import Selection
from studio.history.archive import NothingKept, kept_files, write_archive
from studio.history.cards import EMPTY, render_history
from studio.history.entry import KEPT, Entry, read_entries
from studio.history.memory import write_made
from studio.history.pictures import THUMBNAIL_PX, Pictures
from studio.history.words import describe_seconds, describe_time, recipe_link, render_pair
from studio.services import StoredComparison
from studio.view import View

SMILING = Selection("female", ("Smiling", "Wavy_Hair"), ("Eyeglasses",))
RECIPE = Recipe(realise(SMILING), seed=7, selection=SMILING, steps=12, guidance=3.5)
RECIPES = {
    "of a choice": RECIPE,
    "own words": Recipe("a photo of <b>somebody</b> & a hat, 50 % off", seed=0),
    "vanilla alone": replace(RECIPE, adapter=None),
    "adapter of the Hub": Recipe(
        "an old man from the side",
        seed=3,
        model="turbo",
        adapter="owner/name",
        adapter_revision="0" * 40,
        adapter_scale=0.75,
    ),
    "step caching": Recipe(
        "an old man from the side",
        seed=3,
        model="large",
        adapter=None,
        size_px=768,
        step_caching="taylorseer",
    ),
    "longer than a link": Recipe("a woman " + "with a very long story " * 40, seed=2**31 - 1),
}


def entry(seed: int = 7, **changes: Any) -> Entry:
    values = {"result": f"{seed:064x}", "made_s": 1_790_000_000, "seconds": 1.25} | changes
    return Entry(replace(RECIPE, seed=seed), **values)


def store(folder: Path, recipe: Recipe = RECIPE, size_px: int = 96) -> StoredComparison:
    """A comparison in a real store, as the page gets it."""
    arms = ARMS if recipe.adapter else ARMS[:1]
    images = {
        arm: Image.new("RGB", (size_px, size_px), (number * 90, 120, 60)) for number, arm in enumerate(arms)
    }
    comparison, results = Comparison(recipe, images, 2.5, "drawn"), ResultStore(folder)
    results.put(comparison)
    return StoredComparison(recipe, results.paths(comparison), comparison.seconds)


def pictures_in(folder: Path) -> Pictures:
    return Pictures(ResultStore(folder).folder)


def test_a_browser_gives_back_what_it_was_told(tmp_path: Path) -> None:
    stored = store(tmp_path)
    (read,) = read_entries(f"[{write_made(stored, 'run')}]")
    assert (read.recipe, read.run, read.seconds) == (stored.recipe, "run", 2.5)
    assert pictures_in(tmp_path).of(read)
    assert len(read.to_json()) < 1_000  # a hundred of them travel whenever the history is shown


def test_where_an_adapter_lies_on_this_machine_is_told_to_no_browser(tmp_path: Path) -> None:
    stored = store(tmp_path, replace(RECIPE, adapter="/adapters/curls.safetensors"))
    told = write_made(stored)
    html = render_history(read_entries(f"[{told}]"), pictures_in(tmp_path))
    assert "/home" not in told + html + render_pair(stored.recipe, dict(stored.files))
    assert "adapter=curls.safetensors" in recipe_link(stored.recipe)  # which the page knows it by


def test_the_same_again_is_one_entry_and_there_is_an_end() -> None:
    listed = [entry(1), entry(1, seconds=9.0), *map(entry, range(2, KEPT + 5))]
    read = read_entries(f"[{','.join(each.to_json() for each in listed)}]")
    assert [each.recipe.seed for each in read[:2]] == [1, 2] and len(read) == KEPT - 1
    assert read[0].seconds == 1.25


@pytest.mark.parametrize(
    "held",
    ["", "text", "7", '{"result": 0}', "[null]", "[[]]", "[{}]", '[{"recipe": {"schema": 99}}]', "[NaN]"],
)
def test_a_browser_that_holds_something_else_has_no_history(held: str) -> None:
    assert read_entries(held) == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"result": "../../../etc/passwd"},
        {"result": "0" * 63 + "/"},
        {"result": 7},
        {"made": "yesterday"},
        {"made": float("nan")},
        {"made": 1e300},
        {"seconds": -1},
        {"run": "x" * 41},
        {"run": 7},
        {"recipe": {"prompt": ""}},
    ],
)
def test_an_entry_that_is_none_of_ours_is_passed_over_and_the_others_stay(changes: dict[str, Any]) -> None:
    wrong = json.dumps(json.loads(entry(1).to_json()) | changes)
    assert [each.recipe.seed for each in read_entries(f"[{wrong},{entry(2).to_json()}]")] == [2]


@pytest.mark.parametrize("name", RECIPES)
def test_the_link_of_an_entry_opens_its_recipe(name: str) -> None:
    recipe = RECIPES[name]
    view, problems = View.from_address(recipe_link(recipe))
    assert problems == ()
    opened = Recipe(**view.recipe_fields())
    said = [field.name for field in fields(Recipe) if field.name not in ("adapter", "adapter_revision")]
    assert {each: getattr(opened, each) for each in said} == {each: getattr(recipe, each) for each in said}
    assert (opened.adapter or "none").startswith(recipe.adapter or "none")


def test_cards_show_what_is_kept_and_say_what_is_not(tmp_path: Path) -> None:
    stored = store(tmp_path)
    kept, gone = Entry.of(stored, 1_790_000_000), entry(8)
    html = render_history([kept, gone], pictures_in(tmp_path))
    assert html.count("<img") == 2 and html.count("not kept any more") == 1
    assert html.count("data-view") == 3  # the pair, Reopen, Make again
    own = render_history([Entry(Recipe("a hat", seed=1), f"{9:064x}", 0)], pictures_in(tmp_path))
    assert "Make again in Explore" in html and "tab=" not in html
    assert "Make again in Models" in own and "tab=models" in own  # where somebody's own words are made
    for said in (RECIPE.prompt, "Demo model", "12 steps", "guidance 3.5", "seed 7", "2.5 s", "21 Sep 2026"):
        assert said in html


def test_more_cards_are_shown_when_they_are_asked_for(tmp_path: Path) -> None:
    entries = [entry(seed) for seed in range(20)]
    first, all_of_them = (render_history(entries, pictures_in(tmp_path), shown) for shown in (12, 24))
    assert (first.count("<li>"), all_of_them.count("<li>")) == (12, 20)
    assert "Show 8 more" in first and "more</button>" not in all_of_them
    assert EMPTY in render_history([], pictures_in(tmp_path))


def test_words_of_a_stranger_are_no_markup(tmp_path: Path) -> None:
    recipe = Recipe("<img src=x onerror=alert(1)>", seed=1, adapter='"><script>', model="large")
    html = render_history([Entry.of(store(tmp_path, recipe), 0)], pictures_in(tmp_path))
    assert "<img src=x" not in html and "<script" not in html


def test_a_large_picture_is_shown_small_and_a_small_one_as_it_is(tmp_path: Path) -> None:
    pictures = pictures_in(tmp_path)
    large = store(tmp_path, RECIPE, 1024).files["vanilla"]
    small = pictures.thumbnail(large)
    assert small.parent == large.parent  # it goes when its comparison goes
    with Image.open(small) as image:
        assert image.size == (THUMBNAIL_PX, THUMBNAIL_PX)
    assert pictures.thumbnail(large) == small
    tiny = store(tmp_path, replace(RECIPE, seed=8), 96).files["vanilla"]
    assert pictures.thumbnail(tiny) == tiny
    comparison = ResultStore(tmp_path).get(RECIPE, "drawn")
    assert comparison is not None and comparison.image("vanilla").size == (1024, 1024)


def test_everything_that_is_kept_is_packed_as_it_is(tmp_path: Path) -> None:
    stored = [store(tmp_path, recipe) for recipe in (RECIPE, replace(RECIPE, adapter=None))]
    entries = [*(Entry.of(each, 1_790_000_000) for each in stored), entry(9)]
    archive = tmp_path / "portraits.zip"
    write_archive(archive, kept_files(entries, pictures_in(tmp_path)))
    with ZipFile(archive) as packed:
        names = sorted(packed.namelist())
        packed.extractall(tmp_path / "out")
    assert len(names) == 3
    assert all(name.startswith("2026-09-21") and " demo seed 7 " in name for name in names)
    assert {read_png(tmp_path / "out" / name).fingerprint() for name in names} == {
        each.recipe.fingerprint() for each in stored
    }
    with pytest.raises(NothingKept, match="make them again"):
        kept_files([entry(9)], pictures_in(tmp_path))
    stored[0].files["vanilla"].unlink()
    assert len(kept_files(entries, pictures_in(tmp_path))) == 1  # half a comparison is none


def test_times_are_said_with_as_many_digits_as_they_need() -> None:
    said = [describe_seconds(each) for each in (None, 0.034, 1.25, 99.4, 1234.5)]
    assert said == ["–", "0.03 s", "1.2 s", "99.4 s", "1,234 s"]
    assert describe_time(0) == "1 Jan 1970, 00:00 UTC"
