"""The portraits as HTML, the keys that move them, and the words of links and pictures about them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from PIL import Image

from generation.events import Comparison
from generation.links import recipe_from_link
from generation.png.metadata import FILE_NAMES, read_recipe, render_png
from generation.recipe import Recipe
from generation.results import ResultStore
from prompt_engine.faces.drawn import DrawnFaces
from prompt_engine.realiser import realise
from prompt_engine.selection import Selection
from studio.dropped_picture import restored, with_fields
from studio.keys import KEYS, render_keys
from studio.opening import open_view, wanted_recipe
from studio.portraits import build_portraits
from studio.services import Services, StoredComparison
from studio.settings import Settings
from studio.sharing import share
from studio.stage import WAYS, file_name, render_downloads, render_stage, render_ways
from studio.stored import StoredResults, means_recipe
from studio.view import View

REVISION = "0123456789abcdef0123456789abcdef01234567"
IMAGE = Image.new("RGB", (8, 8))
CHOICE = Selection("female", ("Smiling",))
RECIPE = Recipe(
    realise(CHOICE),
    7,
    CHOICE,
    model="large",
    model_revision="1" * 40,
    adapter="someone/faces",
    adapter_revision=REVISION,
)
ALONE = replace(RECIPE, adapter=None)
PAGE = "http://127.0.0.1:7860/"


def stored(recipe: Recipe) -> StoredComparison:
    arms = ("vanilla",) if recipe.adapter is None else tuple(FILE_NAMES)
    return StoredComparison(recipe, {arm: Path("/results", FILE_NAMES[arm]) for arm in arms})


def test_both_portraits_are_on_the_stage_and_one_alone_is_compared_with_nothing() -> None:
    both, alone = render_stage(stored(RECIPE)), render_stage(stored(ALONE))
    assert both.count("gradio_api/file=/results/") == 4 and "<canvas" in both and 'role="slider"' in both
    assert alone.count("gradio_api/file=/results/") == 2 and "alone" in alone
    assert "<canvas" not in alone and "fine_tuned" not in alone


def test_a_prompt_on_the_stage_is_no_markup() -> None:
    html = render_stage(stored(replace(RECIPE, prompt='"><script>x', selection=None)))
    assert "<script" not in html and "&lt;script" in html


def test_downloads_are_named_after_what_they_are() -> None:
    assert file_name("fine_tuned", RECIPE) == "large-seed-7-fine-tuned.png"
    assert 'download="large-seed-7-vanilla.png"' in render_downloads(stored(ALONE))
    assert render_downloads(stored(ALONE)).count("<a ") == 1


def test_every_key_of_the_table_has_a_button_that_is_there() -> None:
    page, keys = render_ways(), render_keys()
    assert len({each.key for each in KEYS}) == len(KEYS) == keys.count("<kbd>")
    for key in KEYS:
        attribute = re.fullmatch(r"#ways \[([a-z-]+)(?:=(\w+))?\]", key.button)
        if attribute:
            name, value = attribute.groups()
            assert f'{name}="{value}"' in page if value else name in page, key
    assert [each.key for each in KEYS][: len(WAYS)] == ["1", "2", "3", "4"]


def shared(recipe: Recipe, address: str = "") -> str:
    found = re.search(r'value="([^"]+)"', share(recipe.to_json(), address, PAGE))
    assert found
    return unescape(found.group(1))


def test_what_is_shared_is_a_short_link_that_means_the_same_portraits() -> None:
    link = shared(RECIPE, "gender=female&with=Smiling&strict=1")
    assert len(link) <= 200 and link.startswith(PAGE) and link.endswith("strict=1")
    assert means_recipe(recipe_from_link(link), RECIPE)
    assert "strict" not in shared(RECIPE, "gender=male&strict=1")  # of another choice than the portraits'


def test_what_cannot_be_shared_is_told() -> None:
    assert "Generate makes portraits" in share("", "", PAGE)
    assert "file of this machine" in share(replace(RECIPE, adapter="/srv/me/x").to_json(), "", PAGE)
    free = replace(RECIPE, prompt="word " * 60, selection=None)
    assert "characters" in share(free.to_json(), "", PAGE)
    assert "problem" in share('{"schema": 99}', "", PAGE)


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        (RECIPE, True),
        (RECIPE.with_revisions(None, None), True),
        (replace(RECIPE, adapter="someone/faces@0123456", adapter_revision=None), True),
        (replace(RECIPE, selection=None), True),
        (replace(RECIPE, adapter="someone/faces@7654321", adapter_revision=None), False),
        (replace(RECIPE, adapter="someone/else"), False),
        (RECIPE.with_revisions("2" * 40, None), False),
        (replace(RECIPE, seed=8), False),
        (ALONE, False),
    ],
)
def test_a_recipe_means_what_was_made_with_the_weights_that_it_names(asked: Recipe, meant: bool) -> None:
    assert means_recipe(asked, RECIPE) is meant


def put(results: ResultStore, recipe: Recipe, *arms: str) -> Path:
    return results.put(Comparison(recipe, dict.fromkeys(arms, IMAGE), 2.5, "here"))  # type: ignore[arg-type]


def test_what_is_stored_is_found_both_portraits_before_one(tmp_path: Path) -> None:
    results = ResultStore(tmp_path)
    found = StoredResults(results)
    assert found.find(RECIPE) is None
    put(results, RECIPE, "fine_tuned")
    _, files, _ = found.find(RECIPE) or (None, {}, 0)
    assert set(files) == {"fine_tuned"}
    place = put(results, RECIPE, "vanilla", "fine_tuned")
    put(results, ALONE, "vanilla")
    recipe, files, seconds = found.find(RECIPE.with_revisions(None, None)) or (None, {}, 0)
    assert (recipe, set(files), seconds) == (RECIPE, {"vanilla", "fine_tuned"}, 2.5)
    (place / "vanilla.png").unlink()
    assert set((found.find(RECIPE) or (None, {}, 0))[1]) == {"fine_tuned"}


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Services:
    return Services(Settings(results_dir=tmp_path_factory.mktemp("results")), DrawnFaces())


def test_an_opened_link_asks_for_the_recipe_that_it_was_made_of(services: Services) -> None:
    link = shared(replace(RECIPE, steps=30, size_px=512, step_caching="taylorseer"))
    view, problems = open_view(link.partition("?")[2], services)
    asked = wanted_recipe(view, services)
    assert problems == () and asked is not None
    assert means_recipe(asked, replace(RECIPE, steps=30, size_px=512, step_caching="taylorseer"))
    assert wanted_recipe(open_view("gender=male", services)[0], services) is None
    example = shared(services.example_recipe).partition("?")[2]
    again = wanted_recipe(open_view(example, services)[0], services)
    assert again is not None and services.stored(again) is services.example


@pytest.mark.parametrize("arm", FILE_NAMES)
def test_a_dropped_picture_restores_every_control(
    arm: str, services: Services, tmp_path: Path, opened: Callable[[dict[str, object]], View]
) -> None:
    path = tmp_path / "dropped.png"
    path.write_bytes(render_png(IMAGE, RECIPE, arm))  # type: ignore[arg-type]
    view = opened(vars(read_recipe(path)))
    asked = wanted_recipe(view, services)
    assert asked is not None and means_recipe(asked, RECIPE)


def test_what_a_foreign_picture_does_not_say_stays(opened: Callable[[dict[str, object]], View]) -> None:
    fields: dict[str, object] = {"prompt": "a clown, 35mm", "seed": 5}
    view = opened(fields)
    assert (view.wanted, view.strict, view.seed, view.prompt) == (("Bald",), True, 5, "a clown, 35mm")
    assert restored(fields, view) == "Taken from the picture: prompt, in the tab Models, seed."
    ours: dict[str, object] = {"prompt": realise(CHOICE)}
    assert (opened(ours).wanted, opened(ours).strict) == (("Smiling",), True)
    assert "prompt" in restored(ours, opened(ours))
    assert "Nothing" in restored({}, opened({}))


@pytest.fixture
def opened(services: Services) -> Callable[[dict[str, object]], View]:
    def open_fields(fields: dict[str, object]) -> View:
        shown = View(gender="male", wanted=("Bald",), strict=True)
        return View.from_address(with_fields(shown, fields).to_address(), services.plain_view)[0]

    return open_fields


def test_the_page_begins_with_the_example(services: Services) -> None:
    import gradio as gr

    with gr.Blocks():
        portraits = build_portraits(services.example, services)
    assert portraits.made.value == services.example_recipe.to_json()
    assert "vanilla.png" in portraits.stage.value
