"""The tab Adapter: what an adapter is, what it was trained on, how well it does, and how to use it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from generation.adapter_repository import AdapterRepository
from studio.adapter_tab.names import offered_names, public_name, read_named
from studio.adapter_tab.page import megabytes, render_adapter
from studio.address_parts import PARTS
from studio.messages import explain
from studio.navigation import CLICK, Navigation
from studio.render import render_note, render_problem
from studio.services import Services
from studio.wiring import LATEST, PRIVATE, read_script

IN_USE = ""  # stands for the adapter that the page takes unasked
NONE_IN_USE = (
    "The page has no adapter for its model: set ADAPTERS to the name of one, or type one of the Hugging Face "
    "Hub."
)
INFO = "One that is offered here, or any on the Hugging Face Hub: owner/name, or owner/name@revision."

Shown = tuple[str, Any, str]  # the page, the button that gives the file, what is under way


@dataclass(frozen=True)
class AdapterTab:
    """What the tab does."""

    services: Services

    def show(self, name: str | None) -> Shown:
        """All about one adapter, by a visitor's name for it; a sentence where it cannot be read."""
        no_file = gr.update(visible=False, value=None)
        name = (name or "").strip() or public_name(self.services.adapter, self.services)
        if name is None:
            return render_note(NONE_IN_USE), no_file, ""
        try:
            repository = read_named(name, self.services)
            return render_adapter(repository), _file(repository), ""
        except Exception as problem:
            return render_problem(explain(problem)), no_file, ""


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
        download = gr.DownloadButton("Download", visible=False, elem_id="adapter-file")
    status = gr.HTML(elem_id="adapter-status")
    page = gr.HTML(apply_default_css=False, elem_id="adapter-page")
    show = gr.Button("Show the adapter", visible="hidden", elem_id="show-adapter")
    show.click(AdapterTab(services).show, inputs=name, outputs=[page, download, status], **LATEST)
    part = PARTS["about"]
    restored = navigation.hold({part: name})
    navigation.keep(name.input, part, name, step=True)
    for event in (tab.select, name.input):
        reading = event(inputs=name, outputs=status, js=read_script("adapter_reading"), **PRIVATE)
        reading.success(js=CLICK.format("show-adapter"), **PRIVATE)
    restored.then(js=read_script("adapter_restored"), **PRIVATE)


def _choices(services: Services) -> list[tuple[str, str]]:
    """The one in use, and all others that are offered."""
    used = public_name(services.adapter, services)
    first = f"{used}, the one in use" if used else "none in use"
    others = [(each, each) for each in offered_names(services) if each != used]
    return [(first, IN_USE), *others]


def _file(repository: AdapterRepository) -> Any:
    """The button, where the file is not the Hub's to give."""
    if repository.hub:
        return gr.update(visible=False, value=None)
    path = repository.header.path
    return gr.update(
        visible=True, value=str(path), label=f"Download, {megabytes(repository.header.size_bytes)}"
    )
