"""How the tab Explore follows its visitor: what is chosen, drawn or opened is described, then has faces."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from prompt_engine.buckets import BUCKET_NAMES
from prompt_engine.errors import PromptEngineError
from prompt_engine.prompt_filter import PromptFilter
from prompt_engine.query import Query
from prompt_engine.seeds import LARGEST_SEED
from studio.choice import write_choice
from studio.controls import CHOICE, FILTERS, Choice, Controls, read_choice, read_view
from studio.matches import Matches, Updates, more_faces
from studio.messages import explained
from studio.navigation import CLICK, NO_ADDRESS, Navigation
from studio.opening import open_view, write_view
from studio.options import WITHOUT, count_options, list_options
from studio.panels import Drawing
from studio.render import render_problem
from studio.services import Services
from studio.view import View
from studio.wiring import LATEST, PRIVATE, read_script

DRAW_SEED = f"() => 1 + Math.floor({LARGEST_SEED} * Math.random())"
NEXT_SEED = f"seed => (seed + 1) % {LARGEST_SEED + 1}"

Held = Mapping[gr.components.Component, Any]


@dataclass(frozen=True)
class Shown:
    """What the dropdowns show: whose buckets, how many answers each, the last draw and opening."""

    gender: str
    unusual: bool
    prompt_seed: int
    opening: int


@dataclass(frozen=True)
class Hidden:
    """What travels through the page and nobody sees."""

    prompt_seed: gr.Number  # what *Random prompt* draws, in the browser
    shown: gr.State
    address: gr.Textbox  # of what is shown
    more_faces: gr.Textbox  # as HTML


@dataclass(frozen=True)
class Explore:
    """The tab's components and what they do; handlers take what their inputs hold, by component."""

    services: Services
    navigation: Navigation
    controls: Controls
    drawing: Drawing
    matches: Matches
    hidden: Hidden
    dropped: gr.HTML  # what was taken from a picture

    @explained
    def describe(self, held: Held) -> Updates:
        """What is chosen, drawn or opened: its prompt, its counts, what the inputs show, its address."""
        shown, now = held[self.hidden.shown], self._now(held)
        problem = ""
        try:
            if now.opening != shown.opening:
                view, _ = open_view(held[self.navigation.address], self.services)
            elif now.prompt_seed != shown.prompt_seed:
                view, problem = self._drawn(held)
            else:
                view = read_view(self.controls.values(held))
        except PromptEngineError as refusal:
            return {self.hidden.shown: now} | self._refuse(held, refusal, anew=now != shown)
        now = replace(now, gender=view.gender, unusual=view.unusual)
        return {self.hidden.shown: now} | self._show(view, problem, held, anew=now != shown)

    @explained
    def open(self, held: Held) -> Updates:
        """The view that was asked for, in the inputs that do not show it yet; `describe` follows."""
        view, problems = open_view(held[self.navigation.address], self.services)
        written = write_view(view, self.services, self.controls.values(held))
        updates = {self.controls[name]: update for name, update in written.items()}
        updates[self.navigation.problems] = "".join(map(render_problem, problems))
        return updates

    @explained
    def show_faces(self, held: Held) -> Updates:
        """Matching faces, for the choice and the seed that draws them."""
        try:
            view = read_view(self.controls.values(held))
        except PromptEngineError:
            return self.matches.show_no_faces()
        return self.matches.show_faces(view, self.services)

    @explained
    def show_more_faces(self, held: Held) -> str:
        """The rest of them."""
        try:
            view = read_view(self.controls.values(held))
        except PromptEngineError:
            return ""
        return more_faces(view, self.services)

    def asked(self, held: Held) -> tuple[Query, PromptFilter]:
        """What a file is about: the images that match.

        Raises:
            InvalidSelection: the choice does not go together.
        """
        return read_view(self.controls.values(held)).query, PromptFilter()

    def _now(self, held: Held) -> Shown:
        values = self.controls.values(held)
        seed, opening = held[self.hidden.prompt_seed], held[self.navigation.opening]
        return Shown(values["gender"], bool(values["unusual"]), seed, opening)

    def _drawn(self, held: Held) -> tuple[View, str]:
        """A random prompt; where none can be drawn, what is chosen stays, and why."""
        try:
            return self._draw(held), ""
        except PromptEngineError as problem:
            return read_view(self.controls.values(held)), str(problem)

    def _draw(self, held: Held) -> View:
        """A random prompt of the chosen gender; which images count stays, and it is they that are counted."""
        values = self.controls.values(held)
        nothing = Choice(values["gender"], (), (), bool(values["unusual"]))
        within = read_view(values, nothing).within
        mode, size, least = self.drawing.read(held, self.services.faces)
        sampler = self.services.sampler(mode, nothing.gender, size, least, within)
        drawn = self.services.drawer.draw(sampler, held[self.hidden.prompt_seed])
        return read_view(values, replace(nothing, wanted=drawn.wanted))

    def _show(self, view: View, problem: str, held: Held, anew: bool) -> Updates:
        options = count_options(view.selection, view.within, self.services.faces, view.unusual)
        model = self.controls.values(held)["model"]
        updates = self.matches.describe(view, problem, self.services, model)
        updates[self.hidden.address] = view.to_address()
        return updates | self._write_choice(Choice.of(view), options, held, anew)

    def _refuse(self, held: Held, problem: PromptEngineError, anew: bool) -> Updates:
        choice = read_choice(self.controls.values(held))
        options = list_options(choice.gender)
        refused = self.matches.refuse(choice, problem, self.services) | {self.hidden.address: NO_ADDRESS}
        return refused | self._write_choice(choice, options, held, anew)

    def _write_choice(self, choice: Choice, options: Any, held: Held, anew: bool) -> Updates:
        written = write_choice(choice, options, self.controls.values(held), anew)
        return {self.controls[name]: update for name, update in written.items()}


def wire_exploring(
    explore: Explore, random_prompt: gr.Button, other_faces: gr.Button
) -> gr.events.Dependency:
    """Wire the inputs, what opens views, and the buttons that draw; gives the end of each opening."""
    described = _wire_description(explore)
    _wire_faces(explore, described)
    _wire_draws(explore, random_prompt, other_faces)
    return _wire_opening(explore)


def _wire_description(explore: Explore) -> gr.events.Dependency:
    """One listener writes what a choice changes: its answers come one by one, the last about the last."""
    controls, hidden, navigation = explore.controls, explore.hidden, explore.navigation
    button = gr.Button("Describe", visible="hidden", elem_id="describe")
    asked = {navigation.address, navigation.opening, hidden.prompt_seed, hidden.shown}
    described = button.click(
        explore.describe,
        inputs={*controls.of_view, controls["model"], *explore.drawing.all, *asked},
        outputs=[
            *controls.of(*BUCKET_NAMES, WITHOUT),  # no more: every output takes the page some time
            *explore.matches.described,
            hidden.address,
            hidden.shown,
        ],
        **LATEST,
    )
    navigation.write_after(described, hidden.address)
    described.success(js=read_script("mark_earlier"), **PRIVATE)
    listened = controls.of(*CHOICE, *FILTERS, "version", "model")
    _describe_after(explore, gr.on, [each.input for each in listened])
    return described


def _describe_after(explore: Explore, listen: Callable[..., Any], *listened: Any) -> None:
    told = [explore.navigation.problems, explore.dropped]
    listen(*listened, js=read_script("describe"), outputs=told, **PRIVATE)


def _wire_faces(explore: Explore, described: gr.events.Dependency) -> None:
    """Faces follow once the description is painted, because they take longer than the prompt should."""
    matches, hidden, inputs = explore.matches, explore.hidden, explore.controls.of_view
    described.success(js=read_script("after_painting"), **PRIVATE)
    button = gr.Button("Show the faces", visible="hidden", elem_id="show-faces")
    outputs = [matches.faces, matches.no_faces]
    shown = button.click(explore.show_faces, inputs=inputs, outputs=outputs, **LATEST)
    more = shown.success(explore.show_more_faces, inputs=inputs, outputs=hidden.more_faces, **LATEST)
    more.success(inputs=hidden.more_faces, js=read_script("add_faces"), **PRIVATE)


def _wire_opening(explore: Explore) -> gr.events.Dependency:
    """An opened view is written into the inputs, then described."""
    controls, navigation = explore.controls, explore.navigation
    show_button = gr.Button("Show the view", visible="hidden", elem_id="show-view")
    opened = show_button.click(
        explore.open,
        inputs={*controls.all, navigation.address},
        outputs=[*controls.all, navigation.problems],
        **LATEST,
    )
    opened.then(js=CLICK.format("describe"), **PRIVATE)
    return opened


def _wire_draws(explore: Explore, random_prompt: gr.Button, other_faces: gr.Button) -> None:
    """Both seeds are set in the browser: a click that Gradio repeats draws nothing new.

    Faces take the next seed, not a random one: a source on the Hub has fetched those meanwhile.
    """
    for button, seed, draw in (
        (random_prompt, explore.hidden.prompt_seed, DRAW_SEED),
        (other_faces, explore.controls["faces_seed"], NEXT_SEED),
    ):
        drawn = button.click(None, inputs=seed, js=draw, outputs=seed, api_visibility="private")
        _describe_after(explore, drawn.then)
