"""The tab Dataset: the catalogue's counts, relations between labels, shares, and labels that are wrong.

Nothing is worked out before the tab is opened; a section is worked out when it is opened, and again when a
filter changes while it is the one that is open.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import gradio as gr

from prompt_engine.dataset_facts import Dataset
from studio.address_parts import PARTS, SECTIONS, Part
from studio.dataset.scope import render_scope
from studio.messages import explained
from studio.navigation import Navigation, keep_tab
from studio.own_labels import render_renamed_labels
from studio.services import Services
from studio.tabs.dataset_duplicates import build_duplicates
from studio.tabs.dataset_filters import Filters, Values, build_filters
from studio.tabs.dataset_labels import build_labels
from studio.tabs.dataset_prompts import build_prompts
from studio.tabs.dataset_relations import build_relations
from studio.tabs.dataset_shares import build_shares
from studio.tabs.dataset_wiring import Updates, build_html
from studio.wiring import LATEST, PRIVATE, read_script

IF_SHOWN = "() => document.querySelector('#dataset-scope p') && ({})()"


class Section(Protocol):
    """One of the inner tabs that follow the filters."""

    @property
    def inputs(self) -> set[gr.components.Component]:
        """What `show` takes, beside the filters."""

    @property
    def held(self) -> dict[Part, gr.components.Component]:
        """What the address holds."""

    @property
    def outputs(self) -> set[gr.components.Component]:
        """What `show` may write."""

    def show(self, values: Values) -> Updates:
        """All of it, for the filters as they are."""


@dataclass(frozen=True)
class DatasetTab:
    """The sections by name, and the name of the one that is open."""

    dataset: Dataset
    filters: Filters
    scope: gr.HTML
    sections: Mapping[str, Section]
    current: gr.Textbox  # which the browser writes

    @explained
    def refresh(self, values: Values) -> Updates:
        """Show the open section for the filters as they are."""
        within = self.filters.within(values)
        said = render_scope(self.dataset.facts(within).images, within)
        return {self.scope: said} | self.sections[values[self.current]].show(values)

    @property
    def held(self) -> dict[Part, gr.components.Component]:
        """What the address holds."""
        return dict(ChainMap(self.filters.held, *(each.held for each in self.sections.values())))

    @property
    def inputs(self) -> set[gr.components.Component]:
        """What the handlers take."""
        return self.filters.all.union({self.current}, *(each.inputs for each in self.sections.values()))

    @property
    def outputs(self) -> set[gr.components.Component]:
        """What the handlers may write."""
        return {self.scope}.union(*(each.outputs for each in self.sections.values()))


def build_dataset_tab(services: Services, navigation: Navigation) -> None:
    """Build the tab and wire it."""
    dataset = services.dataset
    filters = build_filters(services.faces)
    scope = build_html("dataset-scope")
    gr.HTML(render_renamed_labels(), elem_id="dataset-own-labels")
    with gr.Tabs(elem_id="dataset-sections", overflow_behavior="wrap") as inner:
        with gr.Tab("Prompts", id="prompts") as in_prompts:
            prompts = build_prompts(services, dataset, filters, navigation)
        with gr.Tab("Relations", id="relations") as in_relations:
            relations = build_relations(services, dataset, filters, navigation)
        with gr.Tab("Shares", id="shares") as in_shares:
            shares = build_shares(dataset, filters)
        with gr.Tab("Labels", id="labels") as in_labels:
            labels = build_labels(services, dataset, filters, navigation)
            build_duplicates(services)
    sections: dict[str, Section] = dict(zip(SECTIONS, (prompts, relations, shares, labels), strict=True))
    built = DatasetTab(dataset, filters, scope, sections, gr.Textbox(SECTIONS[0], visible="hidden"))
    _wire(built, (in_prompts, in_relations, in_shares, in_labels))
    _hold(built, inner, navigation)


def _wire(built: DatasetTab, tabs: Sequence[gr.Tab]) -> None:
    """One listener shows whatever section is open: a late answer is never about another."""
    refresh = gr.Button("Show the section", visible="hidden", elem_id="refresh-dataset")
    refresh.click(built.refresh, inputs=built.inputs, outputs=list(built.outputs), **LATEST)
    # The one that is open is selected when the whole tab is opened for the first time.
    for inner in tabs:
        selected = inner.select(js=f"() => '{inner.id}'", outputs=built.current, **PRIVATE)
        selected.success(js=read_script("dataset_refresh"), **PRIVATE)
        keep_tab(inner, "d-section", SECTIONS[0])
    gr.on([each.input for each in built.filters.all], js=read_script("dataset_refresh"), **PRIVATE)


def _hold(built: DatasetTab, inner: gr.Tabs, navigation: Navigation) -> None:
    """Whatever is filtered and asked for stands in the address, and is taken from it."""
    held = built.held
    for part, component in held.items():
        if component.visible != "hidden":  # what is hidden is kept by whoever writes it
            typed = isinstance(component, gr.Number | gr.Textbox)
            navigation.keep(component.input, part, component, step=not typed)
    restored = navigation.hold({PARTS["d-section"]: inner, **held})
    restored.then(js=IF_SHOWN.format(read_script("dataset_refresh").strip()), **PRIVATE)
