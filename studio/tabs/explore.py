"""The tab Explore: choose attributes, see the prompt, the matching faces, and both portraits."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from generation.events import Progress, Waiting
from generation.recipe import Recipe
from prompt_engine.realiser import realise
from prompt_engine.sampler import sample_selection
from prompt_engine.seeds import LARGEST_SEED
from prompt_engine.selection import Selection
from studio.controls import (
    Controls,
    build_choice,
    build_settings,
    read_recipe,
    read_selection,
    write_dropdowns,
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
STATIC = Path(__file__).parent.parent / "static"
DRAW_SEED = f"() => 1 + Math.floor({LARGEST_SEED} * Math.random())"

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
class Seeds:
    """What *Random prompt* and *Other faces* draw, in the browser; nobody sees them."""

    prompt: gr.Number
    faces: gr.Number


@dataclass(frozen=True)
class Shown:
    """Whose buckets the dropdowns show, and the random prompt that was written into them last."""

    gender: str
    prompt_seed: int


@dataclass(frozen=True)
class Explore:
    """The tab's components and what they do; every handler takes values in the order of `Controls`."""

    services: Services
    controls: Controls
    portraits: Portraits
    matches: Matches
    actions: Actions
    seeds: Seeds
    shown: gr.State

    @explained
    def describe(self, *values: Any) -> Updates:
        """What is chosen: its prompt and count; if drawn or for another gender, its dropdowns too.

        Takes the choice, the seed of the random prompt, and what is shown.
        """
        gender, *held, prompt_seed, shown = values
        now = Shown(gender, prompt_seed)
        drawn = now.prompt_seed != shown.prompt_seed
        selection = _draw(now) if drawn else read_selection(values)
        updates = self.matches.describe(selection, self.services) | {self.shown: now}
        if drawn or now.gender != shown.gender:
            updates |= zip(self.controls.by_bucket.values(), write_dropdowns(selection, held), strict=True)
        return updates

    @explained
    def show_faces(self, *values: Any) -> Updates:
        """Matching faces, for the choice and the seed that draws them."""
        return self.matches.show_faces(read_selection(values), self.services, seed=values[-1])

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
            if isinstance(event, Waiting):
                yield {self.actions.status: gr.skip()}  # between two answers, whoever cancelled is let go
            elif isinstance(event, Progress):
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
    seeds = Seeds(*(gr.Number(0, precision=0, visible="hidden") for _ in range(2)))
    shown = gr.State(Shown(controls.gender.value, prompt_seed=0))
    matches = Matches(prompt, count, gallery, no_faces)
    explore = Explore(services, controls, portraits, matches, actions, seeds, shown)
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


def _draw(shown: Shown) -> Selection:
    """Three attributes by the documented weights."""
    return sample_selection(random.Random(shown.prompt_seed), shown.gender)


def _wire_choice(explore: Explore, other_faces: gr.Button, page: gr.Blocks) -> None:
    """One listener writes what a choice changes: its answers come one by one, the last about the last."""
    controls, matches, seeds = explore.controls, explore.matches, explore.seeds
    describe_button = gr.Button("Describe", visible="hidden", elem_id="describe")
    described = gr.on(
        [page.load, describe_button.click],
        explore.describe,
        inputs=[*controls.choice, seeds.prompt, explore.shown],
        outputs=[*controls.by_bucket.values(), matches.prompt, matches.count, explore.shown],
        trigger_mode="always_last",
        **UNQUEUED,
    )
    # After it, because drawing faces takes longer than the prompt should.
    described.success(
        explore.show_faces,
        inputs=[*controls.choice, seeds.faces],
        outputs=[matches.faces, matches.no_faces],
        trigger_mode="always_last",
        **UNQUEUED,
    )
    click_describe: dict[str, Any] = {"fn": None, "js": _script("describe"), "api_visibility": "private"}
    gr.on([each.input for each in controls.choice], **click_describe)
    for button, seed in ((explore.actions.random, seeds.prompt), (other_faces, seeds.faces)):
        button.click(None, js=DRAW_SEED, outputs=seed, api_visibility="private").then(**click_describe)


def _wire_pictures(explore: Explore, page: gr.Blocks) -> None:
    controls, actions = explore.controls, explore.actions
    run = _wire_run(explore, actions.generate.click, explore.generate, controls.all)
    # On a phone the portraits are above the choice, out of sight.
    run.success(None, js=_script("show_portraits"), api_visibility="private")
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
    keep_focus: dict[str, Any] = {"fn": None, "js": _script("keep_focus"), "api_visibility": "private"}
    waiting = trigger(explore.wait, outputs=idle, **UNQUEUED)
    waiting.then(**keep_focus)
    run = waiting.then(
        handler,
        inputs=inputs,
        outputs=[*explore.portraits.all, *idle, explore.controls.seed],
        show_progress="hidden",
        concurrency_id="pictures",
        concurrency_limit=1,
        api_visibility="private",
    )
    run.success(**keep_focus)
    # Cancelled, or refused because the queue is full: what goes wrong in the making, `handler` tells itself.
    run.failure(explore.give_up, inputs=actions.cancel, outputs=idle, **UNQUEUED).then(**keep_focus)
    return run


def _script(name: str) -> str:
    return (STATIC / f"{name}.js").read_text(encoding="utf-8")
