"""Generate and Cancel: how both portraits are made while the visitor watches."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

import gradio as gr

from generation.errors import ModelUnavailable
from generation.events import Arm, Preview, Progress, Waiting, arms_of
from generation.recipe import Recipe
from studio.answered_early import answered_early
from studio.controls import Controls, read_recipe
from studio.first_visit.cost import SAY_COST, render_cost
from studio.history.memory import Memory, write_made
from studio.messages import (
    CANCEL,
    CANCELLED,
    CANCELLING,
    LOADING,
    NOT_MADE,
    STARTING,
    WAITING,
    explain,
    explained,
)
from studio.opening import open_view, wanted_recipe, wanted_settings
from studio.portraits import NO_PREVIEWS, Portraits, write_previews
from studio.render import duration, render_note, render_problem, render_progress, render_waiting
from studio.services import Services, StoredComparison
from studio.wiring import PRIVATE, UNQUEUED, read_script

NOT_STORED = "The portraits that were asked for are not kept here; those shown are others."
PRICE = "Generate makes them, which takes about {time}."
UNKNOWN_PRICE = "Generate makes them; how long that takes here is not known yet."
OTHERS = "<div data-others>"  # then `mark_earlier.js` marks those that are shown
HALF = "Of this, one portrait is kept here: Generate makes both."
PROGRESS_S = 0.1  # the least time between two tellings of progress

Updates = dict[gr.components.Component, Any]
Held = Mapping[gr.components.Component, Any]


@dataclass(frozen=True)
class Actions:
    """What can be clicked, and the line that says what is going on."""

    generate: gr.Button
    cancel: gr.Button
    random: gr.Button
    status: gr.HTML

    def working(self, sentence: str) -> Updates:
        """Pictures are being made: offer to cancel instead of to generate."""
        return {
            self.generate: gr.update(visible=False),
            self.cancel: gr.update(visible=True),
            self.status: render_waiting(sentence),
        }

    def idle(self, status: str = "") -> Updates:
        """Nothing is being made any more."""
        return {
            self.generate: gr.update(visible=True),
            self.cancel: gr.update(visible=False, value=CANCEL),
            self.status: status,
        }


@dataclass(frozen=True)
class Making:
    """The components that making portraits needs, and what it does with them."""

    services: Services
    controls: Controls
    portraits: Portraits
    actions: Actions
    memory: Memory
    cost: gr.HTML  # what Generate takes
    run: gr.Number  # counts what this visitor has asked to be made
    cancelled: gr.State  # the runs that were cancelled, a set which every handler of the visitor shares

    def wait(self, run: int) -> Updates:
        """Asked for, and not begun: other visitors may be before this one."""
        return {self.run: run + 1} | self.actions.working(WAITING)

    @answered_early
    def generate(self, held: Held) -> Iterator[Updates]:
        """Both portraits for what is chosen, with live progress."""
        yield from self._make(
            held, lambda: read_recipe(self.controls.values(held), self.services.adapters_for)
        )

    @answered_early
    def show_first(self, held: Held) -> Iterator[Updates]:
        """The example, made while the visitor watches because none was there."""
        yield from self._make(held, lambda: self.services.example_recipe)

    def stop(self, run: int, cancelled: set[int]) -> None:
        """Let a run end by itself: Gradio does not know it yet if the click came in its first moment."""
        cancelled.add(run)

    def give_up(self, cancel: str, run: int, cancelled: set[int]) -> Updates:
        """Back to where nothing is being made: cancelled, as the button's text says, or never begun."""
        # The text is Cancel again if the run was first.
        was_cancelled = cancel == CANCELLING or run in cancelled
        return self._ended(render_note(CANCELLED) if was_cancelled else render_problem(NOT_MADE))

    def _ended(self, status: str) -> Updates:
        """The earlier portraits are those that are shown."""
        return self.actions.idle(status) | {self.portraits.previews: NO_PREVIEWS}

    def _make(self, held: Held, read: Callable[[], Recipe]) -> Iterator[Updates]:
        run, cancelled = held[self.run], held[self.cancelled]
        yield self.actions.working(STARTING if self.services.ready else LOADING)
        recipe: Recipe | None = None
        try:
            recipe = read()
            for updates in self._pictures(recipe):
                if run in cancelled:
                    yield self._ended(render_note(CANCELLED))
                    return
                yield updates
        except Exception as problem:
            yield self._ended(render_problem(self._explain(problem, recipe)))

    @explained
    def show_stored(self, address: str, status: str | None) -> Updates:
        """What was made before of the recipe that an opened view names; else what making it would take."""
        view, _ = open_view(address, self.services)
        cost: Updates = {self.cost: render_cost(wanted_settings(view, self.services), self.services)}
        recipe = wanted_recipe(view, self.services)
        if recipe is None:
            return cost | {self.actions.status: "" if (status or "").startswith(OTHERS) else gr.skip()}
        stored = self.services.stored(recipe)
        if stored is None:
            told = render_note(NOT_STORED) if view.seed is None else self._describe_price(recipe)
            return cost | {self.actions.status: f"{OTHERS}{told}</div>"}
        whole = len(stored.files) == len(arms_of(stored.recipe))
        shown = self.portraits.updates(stored) | {self.actions.status: render_note("" if whole else HALF)}
        return cost | shown

    def _describe_price(self, recipe: Recipe) -> str:
        off = self._why_off(recipe.model) if recipe.model != self.services.model else None
        if off:
            return render_problem(f"{NOT_STORED} {off}")
        if recipe.selection is None:  # which the tab Models makes, and prices
            return render_note(NOT_STORED)
        seconds = self.services.prices.of(recipe, arms_of(recipe))
        lent = " of a GPU" if self.services.settings.on_zerogpu else ""
        price = UNKNOWN_PRICE if seconds is None else PRICE.format(time=duration(seconds) + lent)
        return render_note(f"{NOT_STORED} {price}")

    def _why_off(self, model: str) -> str | None:
        return next((each.problem for each in self.services.offers() if each.key == model), None)

    def _explain(self, problem: Exception, recipe: Recipe | None) -> str:
        """Why; of a model that is not here, first what no download would help."""
        if recipe is not None and isinstance(problem, ModelUnavailable):
            return self._why_off(recipe.model) or explain(problem)
        return explain(problem)

    def _pictures(self, recipe: Recipe) -> Iterator[Updates]:
        # At once: written at the end, it would undo what was typed meanwhile.
        yield {self.controls["seed"]: recipe.seed}
        done: dict[Arm, Progress] = {}
        previews: dict[Arm, Preview] = {}
        told_s = 0.0
        for event in self.services.compare(recipe):
            if isinstance(event, Waiting):
                yield {self.actions.status: gr.skip()}  # between two answers, whoever cancelled is let go
            elif isinstance(event, Progress):
                done[event.arm] = event
                # Telling every step of a quick model would take longer than the steps.
                if time.monotonic() - told_s >= PROGRESS_S:
                    told_s = time.monotonic()
                    yield {self.actions.status: render_progress(done, arms_of(recipe))}
            elif isinstance(event, Preview):
                previews[event.arm] = event
                # Made together, the other one's comes next: both are told at once.
                if event.arm == "fine_tuned" or "fine_tuned" not in done:
                    yield {self.portraits.previews: write_previews(previews)}
            elif isinstance(event, StoredComparison):
                yield {self.memory.made: write_made(event)}
                # Last: Gradio says it again at the end, and of two that follow at once the first may be lost.
                yield self.portraits.updates(event) | self.actions.idle()


def wire_stored(making: Making, opened: gr.events.Dependency, address: gr.Textbox) -> None:
    """Whenever a view was opened, show its portraits if they were made before."""
    outputs = [*making.portraits.all, making.actions.status, making.cost]
    asked = [address, making.actions.status]
    shown = opened.success(making.show_stored, inputs=asked, outputs=outputs, **UNQUEUED)
    shown.success(js=read_script("mark_earlier"), **PRIVATE)


def wire_making(making: Making, page: gr.Blocks) -> None:
    """Wire *Generate* and *Cancel*; without an example, the load of `page` makes the first comparison."""
    actions = making.actions
    run = _wire_run(making, actions.generate.click, making.generate, making.controls.all)
    made = [making.portraits.made, *making.controls.of("model", "steps", "guidance", "strength")]
    run.success(inputs=made, js=read_script("keep_made"), **PRIVATE)
    run.success(js=SAY_COST, **PRIVATE)
    actions.generate.click(None, js=read_script("show_portraits"), api_visibility="private")
    runs = [run]
    if making.services.example is None:
        runs.append(_wire_run(making, page.load, making.show_first, set()))
    # The text goes first: `give_up` reads it when the cancelled run has ended.
    actions.cancel.click(
        None, js=f'() => said("{CANCELLING}")', outputs=actions.cancel, api_visibility="private"
    )
    actions.cancel.click(making.stop, inputs=[making.run, making.cancelled], **UNQUEUED)
    actions.cancel.click(None, cancels=runs)


def _wire_run(
    making: Making,
    trigger: Callable[..., Any],
    handler: Callable[..., Any],
    inputs: Set[gr.components.Component],
) -> gr.events.Dependency:
    """Tell at once that the turn will come, then make the portraits when it has come."""
    actions = making.actions
    idle = [actions.generate, actions.cancel, actions.status]
    keep_focus: dict[str, Any] = {"fn": None, "js": read_script("keep_focus"), "api_visibility": "private"}
    waiting = trigger(making.wait, inputs=making.run, outputs=[making.run, *idle], **UNQUEUED)
    waiting.then(**keep_focus)
    run = waiting.then(
        handler,
        inputs={*inputs, making.run, making.cancelled},
        outputs=[*making.portraits.all, *idle, making.controls["seed"], making.memory.made],
        show_progress="hidden",
        concurrency_id="pictures",
        concurrency_limit=making.services.at_once,
        api_visibility="private",
    )
    run.success(None, js=read_script("mark_earlier"), api_visibility="private")
    run.success(**keep_focus)
    # Cancelled, or refused because the queue is full: what goes wrong in the making, `handler` tells itself.
    asked = [actions.cancel, making.run, making.cancelled]
    given_up = [*idle, making.portraits.previews]
    run.failure(making.give_up, inputs=asked, outputs=given_up, **UNQUEUED).then(**keep_focus)
    return run
