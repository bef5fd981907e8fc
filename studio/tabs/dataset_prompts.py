"""Dataset, Prompts: how many images each prompt has, what a threshold keeps, and the whole catalogue."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from prompt_engine.dataset_facts import Dataset
from prompt_engine.prompt_filter import losses
from studio.address_parts import PARTS, SHOWN_PROMPTS, Part
from studio.dataset.histogram import Spread, render_histogram
from studio.dataset.losses import render_losses
from studio.dataset.prompt_table import Page, Wanted, find_rows, render_rows
from studio.exports import OF_CATALOGUE
from studio.messages import explained
from studio.navigation import Navigation
from studio.services import Services
from studio.tabs.dataset_filters import Filters, Values
from studio.tabs.dataset_wiring import Updates, build_html, show_latest, write_clicked
from studio.tabs.export_fold import build_export_fold
from studio.titles import GENDER, GENDER_TITLES
from studio.wiring import LATEST, PRIVATE, read_script


@dataclass(frozen=True)
class Prompts:
    """The section's components, and what they show."""

    dataset: Dataset
    filters: Filters
    histogram: gr.HTML
    losses: gr.HTML
    words: gr.Textbox
    which: gr.Radio
    gender: gr.Radio
    table: gr.HTML
    page: gr.Textbox  # as `Page.written`

    @property
    def inputs(self) -> set[gr.components.Component]:
        """What `show` takes, beside the filters."""
        return {self.words, self.which, self.gender, self.page}

    @property
    def held(self) -> dict[Part, gr.components.Component]:
        """What the address holds."""
        return {
            PARTS["d-find"]: self.words,
            PARTS["d-which"]: self.which,
            PARTS["d-people"]: self.gender,
            PARTS["d-page"]: self.page,
        }

    @property
    def outputs(self) -> set[gr.components.Component]:
        """What `show` may write: not the page, which may have been turned meanwhile."""
        return {self.histogram, self.losses, self.table}

    def show(self, values: Values) -> Updates:
        """Everything, for the filters as they are."""
        chosen = self.filters.prompt_filter(values)
        anyway = self.dataset.judged(self.filters.within(values), replace(chosen, least_images=0))
        spread = Spread.of(anyway)
        shown = {self.histogram: render_histogram(spread, chosen.least_images)}
        return shown | self._below(values, Page.read(values[self.page]))

    @explained
    def show_kept(self, values: Values) -> Updates:
        """The threshold was dragged: the histogram shows so already."""
        first = self._first_page(values)
        return self._below(values, first) | {self.page: first.written}

    @explained
    def turn(self, values: Values) -> Updates:
        """A column's head or a page was clicked."""
        return self._rows(values, Page.read(values[self.page]))

    @explained
    def search(self, values: Values) -> Updates:
        """Other rows are asked for: their first page."""
        first = self._first_page(values)
        return self._rows(values, first) | {self.page: first.written}

    def _first_page(self, values: Values) -> Page:
        return replace(Page.read(values[self.page]), number=0)

    def _below(self, values: Values, page: Page) -> Updates:
        judged = self.dataset.judged(self.filters.within(values), self.filters.prompt_filter(values))
        return {self.losses: render_losses(losses(judged))} | self._rows(values, page)

    def _rows(self, values: Values, page: Page) -> Updates:
        within = self.filters.within(values)
        words = values[self.words] or ""
        wanted = Wanted.typed(words, values[self.which], values[self.gender] or None)
        found = find_rows(self.dataset.judged(within, self.filters.prompt_filter(values)), wanted, page)
        return {self.table: render_rows(found, page, within, words)}


def build_prompts(services: Services, dataset: Dataset, filters: Filters, navigation: Navigation) -> Prompts:
    """Build the section, empty until it is opened, and wire what is its own."""
    gr.HTML("<h2>How many images each prompt has</h2>")
    histogram = build_html("histogram", "dataset_histogram")
    with gr.Row(elem_id="catalogue"):
        with gr.Column(scale=2, min_width=320):
            gr.HTML("<h2>What is lost</h2>")
            lost = build_html("losses")
        with gr.Column(scale=3, min_width=320):
            gr.HTML("<h2>The catalogue</h2>")
            choice = _build_search()
            table = build_html("prompt-table", "dataset_clicks")
            export = build_export_fold(
                services.exporter,
                "Export the whole catalogue",
                OF_CATALOGUE,
                "catalogue-export",
                filters.all,
                filters.asked,
            )
    export.hide_after([histogram.release, navigation.read.then, *(each.input for each in filters.all)])
    page = gr.Textbox("", visible="hidden")
    prompts = Prompts(dataset, filters, histogram, lost, *choice, table, page)
    _wire(prompts, navigation)
    return prompts


def _build_search() -> tuple[gr.Textbox, gr.Radio, gr.Radio]:
    bare: dict[str, Any] = {"show_label": False, "container": False, "min_width": 200}
    both = [("Both", ""), *((title, gender) for gender, title in GENDER_TITLES.items())]
    shown = [(each.capitalize(), each) for each in SHOWN_PROMPTS]
    with gr.Row(elem_id="catalogue-search"):
        words = gr.Textbox(
            placeholder="Search, such as: rosy smile",
            label="Search the catalogue",
            elem_id="catalogue-words",
            **bare,
        )
        which = gr.Radio(
            shown, value=SHOWN_PROMPTS[0], label="Kept or dropped", elem_id="catalogue-which", **bare
        )
        gender = gr.Radio(both, value="", label=GENDER, elem_id="catalogue-gender", **bare)
    return words, which, gender


def _wire(prompts: Prompts, navigation: Navigation) -> None:
    inputs = prompts.inputs | prompts.filters.all
    asked = write_clicked(prompts.table.select, prompts.table, prompts.page)
    turned = show_latest([asked], "turn-page", prompts.turn, inputs, [prompts.table])
    search = gr.Button("Search", visible="hidden", elem_id="search-catalogue")
    # A text box tells of typed characters only as input: not of what is pasted or deleted.
    prompts.words.change(inputs=prompts.words, js=read_script("dataset_search"), **PRIVATE)
    searched = gr.on(
        [search.click, prompts.which.input, prompts.gender.input],
        prompts.search,
        inputs=inputs,
        outputs=[prompts.table, prompts.page],
        **LATEST,
    )
    navigation.keep(turned.success, PARTS["d-page"], prompts.page, step=True)
    navigation.keep(searched.success, PARTS["d-page"], prompts.page)
    navigation.keep(searched.success, PARTS["d-find"], prompts.words)
    _wire_threshold(prompts, navigation)


def _wire_threshold(prompts: Prompts, navigation: Navigation) -> None:
    """The threshold is dragged in the histogram."""
    threshold = prompts.filters.threshold
    released = write_clicked(prompts.histogram.release, prompts.histogram, threshold)
    outputs = [prompts.losses, prompts.table, prompts.page]
    inputs = prompts.inputs | prompts.filters.all
    shown = show_latest([released], "show-kept", prompts.show_kept, inputs, outputs)
    navigation.keep(released.success, PARTS["threshold"], threshold, step=True)
    navigation.keep(shown.success, PARTS["d-page"], prompts.page)
