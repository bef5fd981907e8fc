"""The tab Adapter: what an adapter is, what it was trained on, how well it does, and how to use it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from generation.adapters.repository import AdapterRepository
from generation.links import NO_ADAPTER
from generation.models import MODELS
from studio.adapter_choice import usual_adapter
from studio.adapter_tab.names import offered_names, read_named
from studio.adapter_tab.page import megabytes, render_adapter
from studio.address_parts import PARTS
from studio.messages import explain
from studio.navigation import CLICK, Navigation
from studio.render import render_note, render_problem
from studio.services import Services
from studio.wiring import LATEST, PRIVATE, read_script

IN_USE = ""  # stands for the adapter that Explore makes portraits with
BUILT_IN = "demo"
NONE_IN_USE = (
    "Explore makes portraits without an adapter: choose one here, or write owner/name of one on the Hugging "
    "Face Hub. Whoever runs this page offers others with ADAPTERS."
)
INFO = "One that is offered here, or any on the Hugging Face Hub: owner/name, or owner/name@revision."

Shown = tuple[str, Any, str]  # the page, the button that gives the file, what is under way


@dataclass(frozen=True)
class AdapterTab:
    """What the tab does."""

    services: Services

    def show(self, name: str | None, model: str = "", adapter: str = "") -> Shown:
        """All about one adapter, by a visitor's name for it; a sentence where it cannot be read.

        `model` and `adapter` are Explore's, as the address says them, or empty.
        """
        no_file = gr.update(visible=False, value=None)
        name = (name or "").strip() or self._in_use(model, adapter)
        if name == NO_ADAPTER:
            return render_note(NONE_IN_USE), no_file, ""
        try:
            repository = read_named(name, self.services)
            return render_adapter(repository), _file(repository), ""
        except Exception as problem:
            return render_problem(explain(problem)), no_file, ""

    def _in_use(self, model: str, adapter: str) -> str:
        if adapter.partition("@")[0] == BUILT_IN:  # whatever its revision: there is one
            return BUILT_IN
        model = model if model in MODELS else self.services.model
        return adapter or usual_adapter(self.services.adapters_for(model))


def build_adapter_tab(services: Services, navigation: Navigation, tab: gr.Tab) -> None:
    """Build the tab and wire it; nothing is read before it is opened."""
    with gr.Row(elem_id="adapter-choice"):
        name = gr.Dropdown(
            _choices(services),
            value=IN_USE,
            label="Adapter",
            info=INFO,
            allow_custom_value=True,
            min_width=260,
            elem_id="adapter-name",
        )
        download = gr.DownloadButton("Download", visible=False, size="sm", elem_id="adapter-file")
    status = gr.HTML(elem_id="adapter-status")
    page = gr.HTML(apply_default_css=False, elem_id="adapter-page")
    show = gr.Button("Show the adapter", visible="hidden", elem_id="show-adapter")
    used = [gr.Textbox(visible="hidden") for _ in range(2)]
    show.click(
        AdapterTab(services).show,
        inputs=[name, *used],
        outputs=[page, download, status],
        js=read_script("adapter_in_use"),
        **LATEST,
    )
    part = PARTS["about"]
    restored = navigation.hold({part: name})
    navigation.keep(name.input, part, name, step=True)
    for event in (tab.select, name.input):
        reading = event(inputs=name, outputs=status, js=read_script("adapter_reading"), **PRIVATE)
        reading.success(js=CLICK.format("show-adapter"), **PRIVATE)
    restored.then(js=read_script("adapter_restored"), **PRIVATE)


def _choices(services: Services) -> list[tuple[str, str]]:
    """The one in use, and all that are offered."""
    return [("The one in use on Explore", IN_USE), *((each, each) for each in offered_names(services))]


def _file(repository: AdapterRepository) -> Any:
    """The button, where the file is not the Hub's to give."""
    if repository.hub:
        return gr.update(visible=False, value=None)
    path = repository.header.path
    return gr.update(
        visible=True, value=str(path), label=f"Download, {megabytes(repository.header.size_bytes)}"
    )
