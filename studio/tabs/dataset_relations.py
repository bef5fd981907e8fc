"""Dataset, Relations: which labels go together more or less often than chance, and faces that carry both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from html import escape

import gradio as gr

from prompt_engine.dataset_facts import Dataset
from prompt_engine.query import Query
from prompt_engine.relations import Conflict, Relation, relation
from studio.address_parts import PARTS, Part, read_pair
from studio.dataset.faces import render_faces
from studio.dataset.heat_map import (
    describe_conflict,
    describe_occurrence,
    is_asked,
    render_map,
    render_strongest,
    titles,
)
from studio.messages import explained
from studio.navigation import Navigation
from studio.render import render_note, render_or_tell
from studio.services import Services
from studio.tabs.dataset_filters import Filters, Values
from studio.tabs.dataset_wiring import (
    FACES_SHOWN,
    Updates,
    build_html,
    show_latest,
    show_panel,
    write_clicked,
)
from studio.titles import GENDER, GENDER_TITLES
from studio.view import View
from studio.wiring import LATEST

HINT = "Choose a cell of the map, or a pair below, to see faces that carry both."
NO_FACES = "No image with both can be shown here."


@dataclass(frozen=True)
class Relations:
    """The section's components, and what they show."""

    services: Services
    dataset: Dataset
    filters: Filters
    gender: gr.Radio
    map: gr.HTML
    pair: gr.HTML
    strongest: gr.HTML
    asked: gr.Textbox  # two labels and a comma

    @property
    def inputs(self) -> set[gr.components.Component]:
        """What `show` takes, beside the filters."""
        return {self.gender, self.asked}

    @property
    def held(self) -> dict[Part, gr.components.Component]:
        """What the address holds."""
        return {PARTS["d-gender"]: self.gender, PARTS["d-pair"]: self.asked}

    @property
    def outputs(self) -> set[gr.components.Component]:
        """What `show` may write."""
        return {self.map, self.pair, self.strongest}

    def show(self, values: Values) -> Updates:
        """The map of a gender."""
        gender = values[self.gender]
        lifts = self.dataset.facts(self.filters.within(values)).lifts(gender)
        return {
            self.map: render_map(lifts, gender),
            self.pair: self._pair(values),
            self.strongest: render_strongest(lifts, gender),
        }

    @explained
    def change(self, values: Values) -> Updates:
        """The other gender."""
        return self.show(values)

    @explained
    def show_pair(self, values: Values) -> Updates:
        """Another pair."""
        return {self.pair: self._pair(values)}

    def _pair(self, values: Values) -> str:
        """What is known of the pair that is asked for, and faces that carry both."""
        labels = read_pair(values[self.asked])
        if labels is None:
            return render_note(HINT)
        gender, within = values[self.gender], self.filters.within(values)
        found = relation(self.dataset.facts(within).lifts(gender), gender, *labels)
        query = replace(within, gender=gender, wanted=found.labels)
        return (
            f"<h3>{GENDER_TITLES[gender]}: {escape(titles(found))}</h3>"
            f"<p>{describe_occurrence(found.occurrence)}</p>"
            f'<p class="note">{describe_conflict(found)}</p>'
            f"{_link(found, query)}{render_or_tell(partial(self._faces, query, found.occurrence.observed))}"
        )

    def _faces(self, query: Query, images: int) -> str:
        faces = self.services.faces.sample(query, FACES_SHOWN, seed=0)
        if not faces:
            return render_note(NO_FACES)
        shown = f"{len(faces)} of {images:,}" if len(faces) < images else f"all {images:,}"
        note = self.services.faces.notice if self.services.faces.drawn else f"Faces with both: {shown}."
        return render_note(note) + render_faces(faces, (), self.services.face_keys)


def build_relations(
    services: Services, dataset: Dataset, filters: Filters, navigation: Navigation
) -> Relations:
    """Build the section, empty until it is opened, and wire what is its own."""
    gender = gr.Radio(
        [(title, gender) for gender, title in GENDER_TITLES.items()],
        value="female",
        show_label=False,
        label=GENDER,
        container=False,
        elem_id="relations-gender",
    )
    with gr.Row(elem_id="relations"):
        with gr.Column(scale=5, min_width=320):
            heat_map = build_html("heat-map", "dataset_heat_map")
        with gr.Column(scale=2, min_width=320):
            pair = build_html("pair-faces")
            strongest = build_html("strongest", "dataset_clicks")
    asked = gr.Textbox("", visible="hidden")
    relations = Relations(services, dataset, filters, gender, heat_map, pair, strongest, asked)
    inputs = relations.inputs | filters.all
    gender.input(relations.change, inputs=inputs, outputs=relations.outputs, **LATEST)
    picked = [write_clicked(each.select, each, asked) for each in (heat_map, strongest)]
    shown = show_latest(picked, "show-pair", relations.show_pair, inputs, [pair])
    navigation.keep(shown.success, PARTS["d-pair"], asked, step=True)
    show_panel(shown, "#pair-faces")
    return relations


def _link(found: Relation, query: Query) -> str:
    if found.conflict is Conflict.HARD or not is_asked(found):
        return ""
    view = View(found.gender, query.wanted, split=query.split, blurry=query.blurry, strict=query.strict)
    return f'<p><a href="?{escape(view.to_address())}" data-view>Explore both together</a></p>'
