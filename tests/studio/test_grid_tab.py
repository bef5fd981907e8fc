"""The tab Grid without a browser: real portraits, one after the other; stopped, it goes on where it was."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from dataclasses import dataclass, field
from html import unescape
from itertools import count
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from PIL import Image

from generation.errors import ModelUnavailable, WorkshopEnded
from generation.grid.axes import read_axis
from generation.grid.grid import build_grid
from generation.loading.machine import Offer
from generation.locations import DEMO_ADAPTER
from generation.png.dropped import read_dropped
from generation.recipe import Recipe
from generation.workshop.workshop import Workshop
from prompt_engine.faces.drawn import DrawnFaces
from studio.controls import Controls
from studio.export_folder import ExportFolder
from studio.grid_tab.asking import NOTHING, Asking, without_models_that_are_off
from studio.grid_tab.making import GridMaking, Updates
from studio.grid_tab.sheet import Sheet
from studio.grid_tab.table import EMPTY, Cost, render_price, seconds
from studio.history.memory import build_memory
from studio.history.pictures import Pictures
from studio.messages import NOT_MADE
from studio.navigation import build_navigation
from studio.price import Price
from studio.services import Services
from studio.settings import Settings
from studio.tabs.explore import build_explore_tab
from studio.tabs.grid import _build_axes, _build_buttons, _build_parts
from studio.view import View

SEEDS = count(1_000)  # so that no test finds what another has made


@dataclass
class Page:
    """What the browser holds, changed by each answer; `visible` are the buttons that were shown or hidden."""

    making: GridMaking
    held: dict[gr.components.Component, Any]
    visible: dict[gr.components.Component, bool] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    def ask(self, x: tuple[str, str], y: tuple[str, str] = (NOTHING, "")) -> None:
        """Choose axes and type their values."""
        asking = self.making.asking
        for inputs, (name, values) in ((asking.x, x), (asking.y, y)):
            self.held |= {inputs.name: name, inputs.values: values}

    def take(self, updates: Updates) -> None:
        """Write an answer into what is held, as the browser does."""
        self.told.append(str(updates.get(self.making.parts.status)))
        for component, value in updates.items():
            if not isinstance(value, dict):
                self.held[component] = value
            elif "visible" in value:
                self.visible[component] = value["visible"]

    def follow(self, stop_after: int | None = None) -> None:
        """Make one portrait after the other, as the browser asks for them, or stop within one."""
        parts, number = self.making.parts, 0
        while self.held[parts.going]:
            number += 1
            for updates in self.making.make_next(self.held):
                self.take(updates)
                if number == stop_after:
                    self.making.stop(self.held[parts.run], self.held[parts.stopped])

    def check(self) -> str:
        """What is said of what is asked for."""
        self.take(self.making.check(self.held))
        return str(self.held[self.making.parts.price])

    @property
    def sheet(self) -> Sheet:
        """The grid as it is kept."""
        sheet = self.held[self.making.parts.sheet]
        assert isinstance(sheet, Sheet)
        return sheet

    @property
    def table(self) -> str:
        return str(self.held[self.making.parts.table])

    @property
    def status(self) -> str:
        return str(self.held[self.making.parts.status])


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> GridMaking:
    local = tmp_path_factory.mktemp("secret") / "my-run"
    shutil.copytree(DEMO_ADAPTER, local)
    adapters = {"demo": ("demo", str(local)), "large": ("owner/large",)}
    settings = Settings(results_dir=tmp_path_factory.mktemp("results"), adapters=adapters)
    services = Services(settings, DrawnFaces(), Path("nowhere"))
    services._maker = Workshop("cpu", services.results)  # in this process: another takes seconds to start
    with gr.Blocks() as page:
        controls = build_explore_tab(services, page, build_navigation(page), build_memory())
        x, y = _build_axes(services)
        built = _build_parts(gr.HTML(), _build_buttons())
    files = ExportFolder(services.exporter.folder)
    pictures = Pictures(services.results.folder)
    return GridMaking(services, Asking(services, controls, x, y), built, files, pictures)


@pytest.fixture
def page(parts: GridMaking) -> Page:
    """The page as it opens."""
    controls: Controls = parts.asking.controls
    held = {component: component.value for component in controls.all}  # type: ignore[attr-defined]
    held |= {controls["steps"]: 4, controls["new_seed"]: True, controls["seed"]: next(SEEDS)}
    held |= {parts.parts.sheet: None, parts.parts.offers: (), parts.parts.run: 0, parts.parts.stopped: set()}
    opened = Page(parts, held)
    opened.ask(("strength", "0, 1"), ("seed", "1-2"))
    return opened


def test_it_makes_each_portrait_and_links_to_its_recipe(page: Page) -> None:
    page.take(page.making.begin(page.held))
    assert page.visible[page.making.parts.buttons.stop]
    page.follow()
    assert page.status == '<p class="note">All 4 portraits are made.</p>'
    assert any("Portrait 4 of 4, step" in each for each in page.told)
    assert [page.sheet.stored(cell) is not None for cell in page.sheet.grid.cells] == [True] * 4
    assert page.table.count("<img") == 4
    assert page.table.count('title="Open in Explore"') == 4
    links = [part.partition('"')[0] for part in unescape(page.table).split('href="')[1:]]
    views = [View.from_address(link) for link in links]
    assert [problems for _, problems in views] == [()] * 4
    assert [(view.seed, view.steps) for view, _ in views] == [(1, 4), (1, 4), (2, 4), (2, 4)]
    assert [str(view.adapter).partition("@")[0] for view, _ in views] == ["none", "demo"] * 2
    shown = {page.making.parts.buttons.make: True, page.making.parts.buttons.stop: False}
    assert shown.items() <= page.visible.items()
    assert not page.visible[page.making.parts.buttons.go_on]


def test_stopped_within_a_portrait_it_goes_on_with_that_one(page: Page) -> None:
    page.ask(("steps", "5, 6, 7"))
    page.take(page.making.begin(page.held))
    page.follow(stop_after=2)
    assert page.status == '<p class="note">1 of 3 portraits are made.</p>'
    assert page.visible[page.making.parts.buttons.go_on]
    first = dict(page.sheet.made)
    page.ask(("guidance", "1, 2"))  # what is typed meanwhile is about the next grid
    page.take(page.making.resume(page.held))
    page.follow()
    assert page.sheet.done == 3
    assert all(page.sheet.made[recipe] is stored for recipe, stored in first.items())


def test_another_grid_keeps_the_portraits_that_it_has_too(page: Page) -> None:
    page.ask(("steps", "5, 6"))
    page.take(page.making.begin(page.held))
    page.follow()
    page.ask(("steps", "6, 8"))
    assert "<strong>2</strong> portraits, 1 there already, <strong>" in page.check()
    page.take(page.making.begin(page.held))
    assert [recipe.steps for recipe in page.sheet.left] == [8]


@pytest.mark.parametrize("how", ["begin", "resume"])
def test_a_dropped_result_is_made_again(page: Page, how: str) -> None:
    page.ask(("steps", "5, 6"))
    page.take(page.making.begin(page.held))
    page.follow()
    lost = page.sheet.picture(page.sheet.grid.cells[0])
    assert lost is not None
    lost.unlink()
    page.take(getattr(page.making, how)(page.held))
    assert [recipe.steps for recipe in page.sheet.left] == [5]
    page.follow()
    assert page.sheet.picture(page.sheet.grid.cells[0]) == lost


def test_who_opens_it_anew_finds_what_was_made_of_it(page: Page) -> None:
    page.ask(("steps", "5, 6"))
    page.take(page.making.begin(page.held))
    page.follow(stop_after=2)
    page.held[page.making.parts.sheet] = None
    assert "1 there already" in page.check() and page.table.count("<img") == 1
    page.take(page.making.begin(page.held))
    assert [recipe.steps for recipe in page.sheet.left] == [6]
    page.ask(("steps", "7"))
    page.held[page.making.parts.sheet] = None
    page.check()
    assert page.table == EMPTY


def test_a_turn_that_never_came_is_told_unless_it_was_stopped(page: Page) -> None:
    page.ask(("steps", "5, 6"))
    page.take(page.making.begin(page.held))
    page.take(page.making.give_up(page.held))
    assert NOT_MADE in unescape(page.status) and page.visible[page.making.parts.buttons.go_on]
    page.making.stop(page.held[page.making.parts.run], page.held[page.making.parts.stopped])
    page.take(page.making.give_up(page.held))
    assert NOT_MADE not in unescape(page.status)


def test_the_whole_grid_is_one_image_that_carries_its_base(page: Page) -> None:
    page.take(page.making.begin(page.held))
    page.follow()
    path = Path(page.making.save(page.sheet)["value"])
    with Image.open(path) as image:
        assert image.width > 2 * 192
    fields, problems = read_dropped(path)
    assert (Recipe(**fields), problems) == (page.sheet.grid.base, ())
    assert page.making.save(page.sheet)["value"] == str(path)


def test_the_base_is_what_explore_shows_with_the_seed_that_stands_there(page: Page) -> None:
    base = page.making.asking.base(page.held)
    assert base.seed == page.held[page.making.asking.controls["seed"]]
    assert base == page.making.asking.base(page.held)
    assert base.prompt in unescape(page.check())


@pytest.mark.parametrize(
    ("x", "told"),
    [
        (("steps", ""), "Steps has no values"),
        (("steps", "x, 1-9"), "more than 5 values"),
        (("adapter", "demo, /etc/passwd"), "is no adapter for this model"),
        ((NOTHING, ""), "Nothing varies"),
    ],
)
def test_what_is_typed_wrong_is_told_and_not_made(page: Page, x: tuple[str, str], told: str) -> None:
    page.ask(x)
    assert told in unescape(page.check())
    page.take(page.making.begin(page.held))
    assert told in unescape(page.status)
    assert page.held[page.making.parts.going] == 0


def test_a_local_adapter_goes_by_its_name_and_its_place_is_not_shown(page: Page) -> None:
    page.held[page.making.asking.controls["adapter"]] = "my-run"
    page.ask(("adapter", "demo, my-run, none"))
    page.take(page.making.begin(page.held))
    local = page.making.services.adapters_for("demo")[1]
    assert [cell.recipe and cell.recipe.adapter for cell in page.sheet.grid.cells] == ["demo", local, None]
    page.follow()
    assert page.sheet.done == 3
    assert "my-run" in page.table
    assert "secret" not in page.table + page.status + page.check()
    assert b"secret" not in Path(page.making.save(page.sheet)["value"]).read_bytes()


def test_models_that_are_off_are_named_with_what_helps_and_bring_their_own_adapter(page: Page) -> None:
    grid = build_grid(Recipe("a man", 1), read_axis("model", "demo, large, turbo"))
    off = Offer("large", "SD 3.5 Large", None, "It needs a GPU.", "https://example.org/large")
    sheet = Sheet(without_models_that_are_off(grid, [Offer("demo", "Demo model"), off]))
    assert [cell.recipe is None for cell in sheet.grid.cells] == [False, True, False]
    said = render_price(sheet, Cost(Price(3.0, 1), on_zerogpu=False), [off])
    assert "<strong>SD 3.5 Large:</strong> It needs a GPU." in said
    assert 'href="https://example.org/large"' in said
    page.ask(("model", "demo, large"))
    asked = page.making.asking.grid(page.held)
    assert [cell.recipe and cell.recipe.adapter for cell in asked.cells] == ["demo", "owner/large"]


@pytest.mark.parametrize(
    ("problem", "failed", "left"),
    [
        (WorkshopEnded("The process ended: try again."), 0, 2),  # the next one would fail alike
        (ModelUnavailable("The weights are not here."), 2, 0),  # and so would all of this model
    ],
)
def test_what_goes_wrong_is_told_and_can_be_tried_again(
    page: Page, monkeypatch: pytest.MonkeyPatch, problem: Exception, failed: int, left: int
) -> None:
    page.ask(("steps", "9, 10"))
    broken = Broken(problem)
    with monkeypatch.context() as patched:
        patched.setattr(page.making.services, "_maker", broken)
        page.take(page.making.begin(page.held))
        page.follow()
    assert (len(page.sheet.failed), len(page.sheet.left)) == (failed, left)
    assert len(broken.asked) == 1
    assert str(problem) in page.status + page.table
    assert page.visible[page.making.parts.buttons.go_on]
    page.take(page.making.resume(page.held))
    page.follow()
    assert page.sheet.done == 2


@dataclass(frozen=True)
class Broken:
    """Makes nothing."""

    problem: Exception
    asked: list[Any] = field(default_factory=list)

    def compare(self, *asked: Any) -> Generator[Any, None, None]:
        self.asked.append(asked)
        yield from ()
        raise self.problem


def test_a_price_says_where_it_is_from_and_what_it_leaves_out() -> None:
    sheet = Sheet(build_grid(Recipe("a man", 1), read_axis("strength", "0, 1"), read_axis("seed", "1-2")))
    here, lent = Cost(Price(75), on_zerogpu=False), Cost(Price(75), on_zerogpu=True)
    assert "4</strong> portraits, <strong>about 75 s</strong>. Those" in render_price(sheet, here)
    assert "about 75 s</strong> of GPU time." in render_price(sheet, lent)
    assert "and 1 that were never timed here" in render_price(sheet, Cost(Price(75, 1), False))
    assert "not known yet" in render_price(sheet, Cost(Price(0, 4), False))
    axes = read_axis("adapter", "demo, none"), read_axis("strength", "0, 1")
    alike = Sheet(build_grid(Recipe("a man", 1), *axes))
    assert "<strong>2</strong> portraits in 4 cells" in render_price(alike, Cost(Price(1), False))
    said = [seconds(each) for each in (0.4, 12.3, 89, 200)]
    assert said == ["less than a second", "12 s", "89 s", "3 min 20 s"]
