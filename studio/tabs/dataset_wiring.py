"""What the sections of the tab Dataset share: how quick listeners are wired, and where scripts come from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from studio.navigation import CLICK
from studio.wiring import LATEST, PRIVATE, read_script

FACES_SHOWN = 20

Updates = dict[gr.components.Component, Any]


def write_clicked(
    listen: Callable[..., gr.events.Dependency], html: gr.HTML, asked: gr.components.Component
) -> gr.events.Dependency:
    """Write into a component what was clicked in `html`, whose script leaves it in `data-asked`."""
    said = f"document.querySelector('#{html.elem_id} [data-asked]').dataset.asked"
    value = f"Number({said})" if isinstance(asked, gr.Number) else said
    return listen(js=f"() => {value}", outputs=asked, **PRIVATE)


def show_latest(
    written: Sequence[gr.events.Dependency],
    elem_id: str,
    show: Callable[..., Updates],
    inputs: set[gr.components.Component],
    outputs: Sequence[gr.components.Component],
) -> gr.events.Dependency:
    """Whenever one of `written` is done, show what is asked for; of quick clicks the last counts."""
    button = gr.Button(elem_id, visible="hidden", elem_id=elem_id)
    for each in written:
        each.success(js=CLICK.format(elem_id), **PRIVATE)
    return button.click(show, inputs=inputs, outputs=outputs, **LATEST)


def show_panel(event: gr.events.Dependency, selector: str) -> None:
    """Scroll to what `event` has written: on a phone it is below what was clicked, out of sight."""
    event.success(js=f"() => ({read_script('dataset_show_panel')})('{selector}')", **PRIVATE)


def build_html(elem_id: str, script: str | None = None) -> gr.HTML:
    """What a section shows, empty until it is opened; `script` makes clicks in it events."""
    js_on_load = None if script is None else read_script(script)
    return gr.HTML(js_on_load=js_on_load, apply_default_css=False, elem_id=elem_id)
