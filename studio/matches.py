"""What the page says about a choice: prompt, notes, how many CelebA images match, and some matching faces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from generation.models import model_spec
from generation.prompts.length import cut_note
from prompt_engine.errors import PromptEngineError
from prompt_engine.facets import MatchCount
from prompt_engine.query import Query
from prompt_engine.realiser import realise
from studio.controls import Choice
from studio.dropping import NOTHING, NOTHING_COUNTED, find_drops, render_drops
from studio.face_strip import SmallFace, render_strip
from studio.messages import NO_DRAWN_FACES, NO_FACES_HERE
from studio.render import render_count, render_note, render_problem, render_prompt, render_wrong_choice
from studio.render_notes import render_exclusion, render_notes
from studio.services import Services
from studio.view import View

FACES_SHOWN = 20
FACES_FIRST = 10  # shown before the others: drawing twenty takes a moment

Updates = dict[gr.components.Component, Any]


@dataclass(frozen=True)
class Matches:
    """The components that describe a choice."""

    prompt: gr.HTML
    notes: gr.HTML
    count: gr.HTML
    faces: gr.HTML
    no_faces: gr.HTML

    @property
    def described(self) -> list[gr.components.Component]:
        """What `describe` and `refuse` change."""
        return [self.prompt, self.notes, self.count]

    def describe(self, view: View, problem: str, services: Services, model: str) -> Updates:
        """Show a view's prompt, what is to be known about it, and how many images match.

        `problem` says why it is not another that was asked for, `model` who reads it.
        """
        prompt = realise(view.selection)
        told = render_problem(problem) if problem else ""
        return {
            self.prompt: render_prompt(prompt, cut_note(prompt, model_spec(model), services.has_t5(model))),
            self.notes: told + render_notes(view.selection, services.lifts),
            self.count: count_text(view, services),
        }

    def refuse(self, choice: Choice, problem: PromptEngineError, services: Services) -> Updates:
        """Say in the prompt's place why there is none, and how often CelebA labels it all the same."""
        notes = render_exclusion(choice.gender, choice.wanted, services.lifts)
        return {self.prompt: render_wrong_choice(str(problem)), self.notes: notes, self.count: ""}

    def show_faces(self, view: View, services: Services) -> Updates:
        """Show matching faces, or say why there is none."""
        try:
            return self._matching(view, services)
        except PromptEngineError as problem:  # a source out of reach: no faces of an earlier choice stay
            return self._none(render_problem(str(problem)))

    def show_no_faces(self) -> Updates:
        """Show none, and nothing about it: the choice itself is wrong."""
        return self._none("")

    def _matching(self, view: View, services: Services) -> Updates:
        if not services.match_count(view.query).images:
            return self._none(render_note(NOTHING_COUNTED if view.within.filtered else NOTHING))
        faces = _sample(view, services, FACES_FIRST)
        if not faces:
            return self._none(render_note(NO_DRAWN_FACES if services.faces.drawn else NO_FACES_HERE))
        strip = render_strip(faces, view.to_address(), services.face_keys, view.version)
        return {self.faces: gr.update(value=strip, visible=True), self.no_faces: ""}

    def _none(self, why: str) -> Updates:
        return {self.faces: gr.update(value="", visible=False), self.no_faces: why}


def more_faces(view: View, services: Services) -> str:
    """The faces after the first, in a strip that says whose it goes on; nothing where there are no more."""
    try:
        matching = services.match_count(view.query).images
        faces = _sample(view, services, FACES_SHOWN)[FACES_FIRST:] if matching else []
    except PromptEngineError:  # told where the first are
        return ""
    return render_strip(faces, view.to_address(), services.face_keys, view.version) if faces else ""


def _sample(view: View, services: Services, count: int) -> list[SmallFace]:
    return services.small_faces.sample(view.query, count, view.faces_seed, view.version)


def count_text(view: View, services: Services) -> str:
    """How many images match, with and without the filters; where none does, what to let go of."""
    unfiltered: MatchCount | None = None
    if view.query.filtered:
        unfiltered = services.match_count(Query.of(view.selection))
    count = services.match_count(view.query)
    drops = "" if count.images else render_drops(find_drops(view, services.faces))
    return render_count(count, unfiltered) + drops


def build_faces() -> tuple[gr.HTML, gr.HTML]:
    """The strip of faces, and what stands there when there is none."""
    return gr.HTML(elem_id="gallery"), gr.HTML(elem_id="no-faces")
