"""The tab Explore: choose attributes, see the prompt, the matching faces, and both portraits."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from generation.events import Progress
from generation.recipe import Recipe, draw_seed
from prompt_engine.realiser import realise
from prompt_engine.sampler import sample_selection
from prompt_engine.selection import Selection
from studio.controls import (
    Controls,
    build_choice,
    build_settings,
    read_recipe,
    read_selection,
    write_selection,
)
from studio.matches import Matches, build_gallery
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
from studio.portraits import Portraits, build_portraits
from studio.render import (
    render_count,
    render_note,
    render_problem,
    render_progress,
    render_prompt,
    render_waiting,
)
from studio.services import Services

PROGRESS_S = 0.1  # the least time between two tellings of progress
SHOW_PORTRAITS = Path(__file__).parent.parent / "static" / "show_portraits.js"

UNQUEUED: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}

Updates = dict[gr.components.Component, Any]


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
        """Nothing is being made."""
        return {
            self.generate: gr.update(visible=True),
            self.cancel: gr.update(visible=False, value=CANCEL),
            self.status: status,
        }


@dataclass(frozen=True)
class Explore:
    """The tab's components and what they do; every handler takes values in the order of `Controls`."""

    services: Services
    controls: Controls
    portraits: Portraits
    matches: Matches
    actions: Actions
    faces_seed: gr.State
    shown_gender: gr.State

    @explained
    def choose(self, *values: Any) -> Updates:
        """The choice changed: its prompt, count and faces; for another gender its buckets too.

        Takes the choice, the gender whose buckets are shown, and the faces seed.
        """
        *_, shown_gender, seed = values
        selection = read_selection(values)
        updates = self.matches.updates(selection, self.services, seed)
        # Written only then: an answer must not undo what was chosen while it was on its way.
        if selection.gender != shown_gender:
            updates |= zip(self.controls.choice, write_selection(selection), strict=True)
        return updates | {self.shown_gender: selection.gender}

    @explained
    def draw_prompt(self, *values: Any) -> Updates:
        """Draw three attributes by the documented weights, for the gender that is chosen."""
        selection = sample_selection(random.Random(), gender=values[0])
        shown = dict(zip(self.controls.choice, write_selection(selection), strict=True))
        return shown | self.matches.updates(selection, self.services, values[-1])

    @explained
    def draw_faces(self, *values: Any) -> Updates:
        """Other faces for the same choice."""
        seed = draw_seed()
        return self.matches.updates(read_selection(values), self.services, seed) | {self.faces_seed: seed}

    def wait(self) -> Updates:
        """Asked for, and not begun: other visitors may be before this one."""
        return self.actions.working(WAITING)

    def generate(self, *values: Any) -> Iterator[Updates]:
        """Both portraits for what is chosen, with live progress."""
        yield from self._make(lambda: read_recipe(values, self.services.model))

    def show_first(self) -> Iterator[Updates]:
        """The example, made while the visitor watches because none was there."""
        yield from self._make(lambda: self.services.example_recipe)

    def give_up(self, cancel: str) -> Updates:
        """Back to where nothing is being made: cancelled, as the button's text says, or never begun."""
        return self.actions.idle(render_note(CANCELLED) if cancel == CANCELLING else render_problem(NOT_MADE))

    def _make(self, read: Callable[[], Recipe]) -> Iterator[Updates]:
        yield self.actions.working(STARTING if self.services.ready else LOADING)
        try:
            yield from self._pictures(read())
        except Exception as problem:
            yield self.actions.idle(render_problem(explain(problem)))

    def _pictures(self, recipe: Recipe) -> Iterator[Updates]:
        # At once: written at the end, it would undo what was typed meanwhile.
        yield {self.controls.seed: recipe.seed}
        done: dict[str, Progress] = {}
        told_s = 0.0
        for event in self.services.compare(recipe):
            if isinstance(event, Progress):
                done[event.arm] = event
                # Telling every step of a quick model would take longer than the steps.
                if time.monotonic() - told_s >= PROGRESS_S:
                    told_s = time.monotonic()
                    yield {self.actions.status: render_progress(done)}
            else:
                yield self.portraits.updates(event) | self.actions.idle()


def build_explore_tab(services: Services, page: gr.Blocks) -> None:
    """Build the tab and wire it; `page` is the Blocks whose load shows the first comparison."""
    with gr.Row(elem_id="workbench"):
        with gr.Column(scale=8, min_width=320, elem_id="pictures"):
            portraits = build_portraits(services.example)
        with gr.Column(scale=5, min_width=320, elem_id="choice"):
            controls, prompt, count, actions = _build_choice(services)
    with gr.Column(elem_id="faces"):
        with gr.Row(elem_id="faces-head"):
            gr.HTML("<h2>Faces that match</h2>")
            other_faces = gr.Button("Other faces", size="sm", min_width=120, elem_id="other-faces")
        gallery, no_faces = build_gallery()
        gr.HTML(render_note(services.faces.notice), elem_id="notice")
    states = gr.State(0), gr.State(controls.gender.value)
    matches = Matches(prompt, count, gallery, no_faces)
    explore = Explore(services, controls, portraits, matches, actions, *states)
    _wire_choice(explore, other_faces, page)
    _wire_pictures(explore, page)


def _build_choice(services: Services) -> tuple[Controls, gr.HTML, gr.HTML, Actions]:
    recipe = services.example_recipe
    selection = recipe.selection or Selection("female")
    gender, by_bucket = build_choice(selection)
    sentence = realise(selection)
    prompt = gr.HTML(render_prompt(sentence, services.part_read(sentence)), elem_id="prompt")
    count = gr.HTML(render_count(services.match_count(selection)), elem_id="count")
    with gr.Row(elem_id="actions"):
        generate = gr.Button("Generate", variant="primary", min_width=140, elem_id="generate")
        cancel = gr.Button(CANCEL, visible=False, min_width=140, elem_id="cancel")
        draw = gr.Button("Random prompt", min_width=140, elem_id="random")
    status = gr.HTML(elem_id="status")
    with gr.Accordion("Settings", open=False, elem_id="settings"):
        settings = build_settings(recipe)
    return Controls(gender, by_bucket, **settings), prompt, count, Actions(generate, cancel, draw, status)


def _wire_choice(explore: Explore, other_faces: gr.Button, page: gr.Blocks) -> None:
    controls, matches = explore.controls, explore.matches
    inputs = [*controls.choice, explore.shown_gender, explore.faces_seed]
    chosen = [*controls.choice, *matches.all]
    at_once = {"inputs": inputs, **UNQUEUED}
    # One listener for all of the choice: answers come one at a time, and the last choice has the last.
    changed = [page.load, *(each.input for each in controls.choice)]
    outputs = [*chosen, explore.shown_gender]
    gr.on(changed, explore.choose, outputs=outputs, trigger_mode="always_last", **at_once)
    explore.actions.random.click(explore.draw_prompt, outputs=chosen, **at_once)
    other_faces.click(explore.draw_faces, outputs=[*matches.all, explore.faces_seed], **at_once)


def _wire_pictures(explore: Explore, page: gr.Blocks) -> None:
    controls, actions = explore.controls, explore.actions
    run = _wire_run(explore, actions.generate.click, explore.generate, controls.all)
    # On a phone the portraits are above the choice, out of sight.
    run.success(None, js=SHOW_PORTRAITS.read_text(encoding="utf-8"), api_visibility="private")
    runs = [run]
    if explore.services.example is None:
        runs.append(_wire_run(explore, page.load, explore.show_first, []))
    # The text goes first: `give_up` reads it when the cancelled run has ended.
    actions.cancel.click(None, js=f"() => '{CANCELLING}'", outputs=actions.cancel, api_visibility="private")
    actions.cancel.click(None, cancels=runs)


def _wire_run(
    explore: Explore, trigger: Callable[..., Any], handler: Callable[..., Any], inputs: list[Any]
) -> Any:
    """Tell at once that the turn will come, then make the portraits when it has come."""
    actions = explore.actions
    idle = [actions.generate, actions.cancel, actions.status]
    run = trigger(explore.wait, outputs=idle, **UNQUEUED).then(
        handler,
        inputs=inputs,
        outputs=[*explore.portraits.all, *idle, explore.controls.seed],
        show_progress="hidden",
        concurrency_id="pictures",
        concurrency_limit=1,
        api_visibility="private",
    )
    # Cancelled, or refused because the queue is full: what goes wrong in the making, `handler` tells itself.
    run.failure(explore.give_up, inputs=actions.cancel, outputs=idle, **UNQUEUED)
    return run
