"""A picture that is dropped on the page, or chosen: what it says of its making goes into the inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr

from generation.errors import GenerationError
from generation.png.dropped import read_dropped
from prompt_engine.realiser import realise
from studio.messages import explain, explained
from studio.navigation import CLICK, Navigation
from studio.portraits import Portraits
from studio.render import render_note, render_problem
from studio.services import Services
from studio.view import TABS, View, said_in, with_recipe
from studio.wiring import PRIVATE, UNQUEUED

TITLES: Mapping[str, str] = {
    "prompt": "prompt",
    "seed": "seed",
    "model": "model",
    "adapter": "adapter",
    "adapter_scale": "strength",
    "steps": "steps",
    "guidance": "guidance",
    "size_px": "size",
    "step_caching": "step caching",
}
OPEN = f"taken => {{ if (taken) ({CLICK.format('open-view')})() }}"
MODELS = "models"  # the tab
NOTHING = "Nothing of this picture could be taken over."


@dataclass(frozen=True)
class Dropping:
    """What the picture is read for: the page's address, which is then opened as a link's would be."""

    services: Services
    portraits: Portraits
    navigation: Navigation
    shown: gr.Textbox  # the address of what the page shows

    @explained
    def read(self, path: str, shown: str) -> dict[gr.components.Component, Any]:
        """Open what a picture says; what it does not say stays, and what cannot be used is told."""
        try:
            fields, told = read_dropped(Path(path), self.services.model)
        except GenerationError as problem:
            return self._refuse((explain(problem),))
        if not fields:
            return self._refuse(told)
        view = with_fields(View.from_address(shown, self.services.plain_view)[0], fields)
        note = render_note(restored(fields, view)) + "".join(map(render_problem, told))
        taken = note if view.tab == MODELS else ""
        return {
            self.navigation.address: view.to_address(),
            self.navigation.taken: taken,
            self.portraits.dropped: note,
        }

    def _refuse(self, told: Sequence[str]) -> dict[gr.components.Component, Any]:
        """Say why nothing is opened at the top of the page: a picture may be dropped on any tab."""
        return {self.navigation.problems: "".join(map(render_problem, told)), self.portraits.dropped: ""}


def with_fields(view: View, fields: Mapping[str, Any]) -> View:
    """The view of what a picture says; what is chosen stays, if its prompt is none that a choice makes.

    Other words go to the tab Models: whoever is there stays.
    """
    prompt = fields.get("prompt")
    selection = fields.get("selection") or (prompt and said_in(prompt))
    rest = {name: value for name, value in fields.items() if name not in ("prompt", "selection")}
    if selection:
        return with_recipe(view, {**rest, "selection": selection, "prompt": prompt or realise(selection)})
    tab = MODELS if view.tab == MODELS else TABS[0]
    return replace(with_recipe(view, rest), tab=tab, prompt=prompt)


def restored(fields: Mapping[str, Any], view: View) -> str:
    """What is in the inputs now; somebody's own words are in those of the tab Models."""
    titles = (
        TITLES
        if view.prompt is None or view.tab == MODELS
        else {**TITLES, "prompt": "prompt, in the tab Models"}
    )
    names = [title for name, title in titles.items() if fields.get(name) is not None]
    if "adapter" in fields and fields["adapter"] is None:
        names.append("no adapter")
    return f"Taken from the picture: {', '.join(names)}." if names else NOTHING


def wire_dropping(dropping: Dropping) -> None:
    """Wire the button that chooses a picture; `drop_picture.js` gives it what is dropped anywhere."""
    portraits, navigation = dropping.portraits, dropping.navigation
    read = portraits.choose.upload(
        dropping.read,
        inputs=[portraits.choose, dropping.shown],
        outputs=[navigation.address, navigation.problems, navigation.taken, portraits.dropped],
        **UNQUEUED,
    )
    # Only of a picture of which something was taken: what is chosen stays else.
    read.success(inputs=portraits.dropped, js=OPEN, **PRIVATE)
