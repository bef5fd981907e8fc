"""Make, Stop and Go on: each portrait is a turn of its own, so that other visitors come in between."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import gradio as gr

from generation.errors import GenerationError, InvalidRecipe
from generation.events import Progress, Waiting
from generation.loading.machine import Offer
from generation.recipe import Recipe
from prompt_engine.errors import PromptEngineError
from studio.answered_early import answered_early
from studio.export_folder import ExportFolder
from studio.grid_tab.asking import Asking
from studio.grid_tab.sheet import Sheet
from studio.grid_tab.table import Cost, render_base, render_idle, render_making, render_price, render_table
from studio.history.pictures import Pictures
from studio.messages import LOADING, NOT_MADE, STARTING, WAITING, Kind, explain, explained, kind_of
from studio.price import Price
from studio.render import render_problem, render_waiting
from studio.services import Services, StoredComparison

PROGRESS_S = 0.2  # the least time between two tellings of progress
STOP, STOPPING = "Stop", "Stopping"
# These speak against one portrait; whatever else goes wrong would go wrong with the next one too.
OF_ONE: frozenset[Kind] = frozenset({"model off", "adapter refused", "bad recipe", "hub", "out of memory"})
NOTHING_HERE = "None of these portraits can be made here: choose another model."
NOTHING_YET = "There is no portrait in the grid yet: make some first."

Updates = dict[gr.components.Component, Any]
Held = Mapping[gr.components.Component, Any]


@dataclass(frozen=True)
class Buttons:
    """What can be clicked."""

    make: gr.Button
    stop: gr.Button
    go_on: gr.Button
    save: gr.Button


@dataclass(frozen=True)
class Parts:
    """The components that making a grid changes."""

    price: gr.HTML
    buttons: Buttons
    file: gr.DownloadButton  # which nobody sees: the browser clicks it when the file is written
    status: gr.HTML
    table: gr.HTML
    sheet: gr.State
    offers: gr.State  # what this machine can run, once that was looked at
    going: gr.Number  # 1 while another portrait is to follow
    run: gr.Number  # counts what this visitor has asked to be made
    stopped: gr.State  # the runs that were stopped, a set which every handler of the visitor shares

    @property
    def shown(self) -> list[gr.components.Component]:
        """What tells how far the grid is."""
        each = self.buttons
        buttons = [each.make, each.stop, each.go_on, each.save]
        return [*buttons, self.status, self.table, self.sheet, self.going]


@dataclass(frozen=True)
class GridMaking:
    """What the tab does; handlers take what their inputs hold, by component."""

    services: Services
    asking: Asking
    parts: Parts
    files: ExportFolder
    pictures: Pictures

    @explained
    def check(self, held: Held) -> Updates:
        """The base and the price, or what is wrong with what is typed."""
        return self._checked(held, held[self.parts.offers])

    @explained
    def look(self, held: Held) -> Updates:
        """The same once more, where models vary: knowing which of them are off."""
        if not self.asking.varies_models(held):
            return {self.parts.price: gr.skip()}
        offers = tuple(self.services.offers())
        return {self.parts.offers: offers} | self._checked(held, offers)

    def begin(self, held: Held) -> Updates:
        """A new grid; what an earlier one has of it stays."""
        try:
            sheet = self._sheet(held, held[self.parts.offers])
            if not sheet.portraits:
                raise InvalidRecipe(NOTHING_HERE)
            return self._started(sheet, held)
        except Exception as problem:
            return {self.parts.status: render_problem(explain(problem)), self.parts.going: 0}

    def resume(self, held: Held) -> Updates:
        """The grid that was stopped, or of which something failed."""
        sheet = held[self.parts.sheet]
        return self._started(sheet.again(), held) if sheet else {self.parts.going: 0}

    @answered_early
    def make_next(self, held: Held) -> Iterator[Updates]:
        """The next portrait, with live progress."""
        sheet, run, stopped = held[self.parts.sheet], held[self.parts.run], held[self.parts.stopped]
        if sheet is None or run in stopped or not sheet.left:
            yield self._idle(sheet)
            return
        recipe = sheet.left[0]
        yield {self.parts.status: render_waiting(STARTING if self.services.ready else LOADING)}
        yield {self.parts.table: render_table(sheet, self.pictures, recipe)}
        try:
            with closing(self._portrait(sheet, recipe)) as events:
                for event in events:
                    if run in stopped:
                        yield self._idle(sheet)
                        return
                    if isinstance(event, StoredComparison):
                        sheet = sheet.with_made(recipe, event)
                    else:
                        yield event
        except Exception as problem:
            kind = kind_of(problem)
            if kind not in OF_ONE:
                yield self._idle(sheet, render_problem(explain(problem)))
                return
            sheet = sheet.with_failed(recipe, explain(problem), whole_model=kind == "model off")
        yield self._turned(sheet) if sheet.left else self._idle(sheet)

    def stop(self, run: int, stopped: set[int]) -> None:
        """Let a run end by itself: Gradio does not know it yet if the click came between two portraits."""
        stopped.add(run)

    def give_up(self, held: Held) -> Updates:
        """Back to where nothing is made: stopped, or never begun."""
        was_stopped = held[self.parts.run] in held[self.parts.stopped]
        return self._idle(held[self.parts.sheet], "" if was_stopped else render_problem(NOT_MADE))

    @explained
    def save(self, sheet: Sheet | None) -> Any:
        """The grid as one image."""
        if sheet is None or not sheet.done:
            raise InvalidRecipe(NOTHING_YET)
        there = tuple((cell.labels, str(sheet.picture(cell))) for cell in sheet.grid.cells)
        asked = (sheet.grid.base.to_json(), sheet.grid.axes_json(), there)
        path = self.files.write_once(asked, "grid.png", lambda path: path.write_bytes(sheet.render_image()))
        return gr.update(value=str(path))

    def _checked(self, held: Held, offers: Sequence[Offer]) -> Updates:
        """The price; and what is stored of the grid, as long as nothing was asked to be made."""
        said = ""
        try:
            said = render_base(self.asking.base(held))
            sheet = self._sheet(held, offers)
            cost = Cost(self._price(sheet, sheet.left), self.services.settings.on_zerogpu)
            shown = {self.parts.price: said + render_price(sheet, cost, offers)}
            if held[self.parts.sheet]:
                return shown
            return shown | {self.parts.table: render_table(sheet if sheet.done else None, self.pictures)}
        except (GenerationError, PromptEngineError) as problem:
            problems = getattr(problem, "problems", [str(problem)])
            return {self.parts.price: said + "".join(map(render_problem, problems))}

    def _sheet(self, held: Held, offers: Sequence[Offer]) -> Sheet:
        """The grid that is asked for, with what of it is there."""
        grid, earlier = self.asking.grid(held, offers), held[self.parts.sheet]
        return (earlier.of(grid) if earlier else Sheet(grid)).with_stored(self.services.stored)

    def _price(self, sheet: Sheet, recipes: Sequence[Recipe]) -> Price:
        return self.services.prices.of_all((each, (sheet.portraits[each],)) for each in recipes)

    def _portrait(self, sheet: Sheet, recipe: Recipe) -> Generator[Updates | StoredComparison, None, None]:
        later, told_s = self._price(sheet, sheet.left[1:]), 0.0
        with closing(self.services.compare(recipe, (sheet.portraits[recipe],))) as events:
            for event in events:
                if isinstance(event, Waiting):
                    yield {self.parts.status: gr.skip()}  # between two answers, whoever stopped is let go
                elif isinstance(event, Progress) and time.monotonic() - told_s >= PROGRESS_S:
                    told_s = time.monotonic()
                    left_s = None if later.unknown else event.seconds_left + later.seconds
                    yield {self.parts.status: render_making(sheet, event.step, event.steps, left_s)}
                elif isinstance(event, StoredComparison):
                    yield event

    def _started(self, sheet: Sheet, held: Held) -> Updates:
        if not sheet.left:
            return self._idle(sheet)
        return {
            self.parts.run: held[self.parts.run] + 1,
            self.parts.buttons.make: gr.update(visible=False),
            self.parts.buttons.go_on: gr.update(visible=False),
            self.parts.buttons.stop: gr.update(visible=True, value=STOP),
            self.parts.status: render_waiting(WAITING),
        } | self._turned(sheet)

    def _turned(self, sheet: Sheet) -> Updates:
        """One is done, and the next one follows."""
        return {
            self.parts.sheet: sheet,
            self.parts.table: render_table(sheet, self.pictures),
            self.parts.buttons.save: gr.update(visible=sheet.done > 0),
            self.parts.going: 1,
        }

    def _idle(self, sheet: Sheet | None, status: str | None = None) -> Updates:
        idle: Updates = {
            self.parts.buttons.make: gr.update(visible=True),
            self.parts.buttons.stop: gr.update(visible=False),
            self.parts.going: 0,
        }
        if sheet is None:
            return idle | {self.parts.status: status or ""}
        return (
            self._turned(sheet)
            | idle
            | {
                self.parts.buttons.go_on: gr.update(visible=sheet.unfinished),
                self.parts.status: status or render_idle(sheet),
            }
        )
