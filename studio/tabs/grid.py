"""The tab Grid: one portrait, varied along two axes."""

from __future__ import annotations

import json
from dataclasses import replace

import gradio as gr

from generation.grid.axes import AXES
from generation.grid.values import LONGEST_TEXT, MOST_VALUES
from prompt_engine.buckets import BUCKET_NAMES
from studio.adapter_choice import adapter_name
from studio.address_parts import PARTS
from studio.controls import Controls
from studio.export_folder import ExportFolder
from studio.grid_tab.asking import NOTHING, Asking, AxisInputs
from studio.grid_tab.making import STOP, STOPPING, Buttons, GridMaking, Parts
from studio.grid_tab.table import EMPTY
from studio.history.pictures import Pictures
from studio.navigation import CLICK, Navigation
from studio.options import WITHOUT
from studio.services import Services
from studio.wiring import LATEST, PRIVATE, UNQUEUED, read_script

LEAD = (
    "What Explore shows, varied along two axes from the same starting noise: each cell is the fine-tuned "
    "portrait, or the vanilla one where there is no adapter or its strength is 0."
)
VALUES_NOTE = (
    f"Each axis has 1 to {MOST_VALUES} values, with commas between. 1-3 stands for 1, 2 and 3, and 1-10[5] "
    "for five numbers from 1 to 10. The address of this page brings the grid back as it is asked for."
)
# When none follows, the price says so.
GO_ON = "going => document.querySelector(going ? '#grid-next' : '#grid-check').click()"
CHECK_IF_SHOWN = (
    f"() => document.querySelector('#grid-price')?.offsetParent && ({CLICK.format('grid-check')})()"
)
# The file's address is there once Gradio has painted.
SAVE = "() => setTimeout(() => document.querySelector('#grid-file').click(), 100)"


def build_grid_tab(services: Services, navigation: Navigation, controls: Controls, tab: gr.Tab) -> None:
    """Build the tab and wire it; nothing is made before it is asked for."""
    gr.HTML(f'<p class="note">{LEAD}</p>')
    with gr.Row(elem_id="grid-asking"):
        with gr.Column(scale=5, min_width=300):
            x, y = _build_axes(services)
            gr.HTML(f'<p class="note">{VALUES_NOTE}</p>')
        with gr.Column(scale=4, min_width=280, elem_id="grid-cost"):
            price = gr.HTML(apply_default_css=False, elem_id="grid-price")
            buttons = _build_buttons()
    parts = _build_parts(price, buttons)
    making = GridMaking(
        services,
        Asking(services, controls, x, y),
        parts,
        ExportFolder(services.exporter.folder),
        Pictures(services.results.folder),
    )
    _wire_checks(making, tab)
    _wire_axes(making, navigation)
    _wire_making(making)


def _build_axes(services: Services) -> tuple[AxisInputs, AxisInputs]:
    kinds = [(kind.title, str(name)) for name, kind in AXES.items()]
    x = _build_axis("x", "From left to right", kinds, _first_axis(services))
    return x, _build_axis("y", "Downwards", [("Nothing", NOTHING), *kinds], "seed")


def _first_axis(services: Services) -> str:
    return "strength" if services.adapter else "guidance"


def _build_axis(axis: str, title: str, kinds: list[tuple[str, str]], name: str) -> AxisInputs:
    example = next(kind.example for known, kind in AXES.items() if known == name)
    with gr.Row(elem_classes="axis"):
        chosen = gr.Dropdown(
            kinds, value=name, label=title, filterable=False, min_width=140, elem_id=f"grid-{axis}"
        )
        values = gr.Textbox(
            example,
            label="Values",
            placeholder=example,
            max_lines=1,
            max_length=LONGEST_TEXT,
            min_width=160,
            elem_id=f"grid-{axis}-values",
        )
    return AxisInputs(chosen, values)


def _build_buttons() -> Buttons:
    with gr.Row(elem_id="grid-actions"):
        return Buttons(
            make=gr.Button("Make the grid", variant="primary", min_width=140, elem_id="grid-make"),
            stop=gr.Button(STOP, visible=False, min_width=140, elem_id="grid-stop"),
            go_on=gr.Button("Go on", visible=False, min_width=100, elem_id="grid-go-on"),
            save=gr.Button("Download as one image", visible=False, min_width=180, elem_id="grid-save"),
        )


def _build_parts(price: gr.HTML, buttons: Buttons) -> Parts:
    return Parts(
        price=price,
        buttons=buttons,
        file=gr.DownloadButton("Download", visible="hidden", elem_id="grid-file"),
        status=gr.HTML(elem_id="grid-status"),
        table=gr.HTML(EMPTY, apply_default_css=False, elem_id="grid-table"),
        sheet=gr.State(None),
        offers=gr.State(()),
        going=gr.Number(0, precision=0, visible="hidden"),
        run=gr.Number(0, precision=0, visible="hidden"),
        stopped=gr.State(set()),
    )


def _wire_checks(making: GridMaking, tab: gr.Tab) -> None:
    """What is typed is checked as it is typed; opening the tab reads Explore's choice anew."""
    asking, parts = making.asking, making.parts
    inputs = {*asking.inputs, parts.sheet, parts.offers}
    check = gr.Button("Check the grid", visible="hidden", elem_id="grid-check")
    checked = check.click(making.check, inputs=inputs, outputs=[parts.price, parts.table], **LATEST)
    # Apart: whatever is being made comes first, so that it may take its time.
    shown = [parts.price, parts.table, parts.offers]
    checked.success(making.look, inputs=inputs, outputs=shown, **LATEST)
    # Not `.input`: of a Textbox, Gradio fires it at key presses only, and not when text is pasted or deleted.
    listened = [tab.select, asking.x.values.change, asking.y.values.change]
    gr.on(listened, js=CLICK.format("grid-check"), **PRIVATE)
    # A link that opens this tab first is written into Explore's dropdowns later than into all else.
    dropdowns = asking.controls.of(*BUCKET_NAMES, WITHOUT)
    gr.on([each.change for each in dropdowns], js=CHECK_IF_SHOWN, **PRIVATE)


def _wire_axes(making: GridMaking, navigation: Navigation) -> None:
    """The address holds what varies; another axis begins with an example of its values."""
    x, y = making.asking.x, making.asking.y
    examples = {str(name): kind.example for name, kind in AXES.items()}
    if adapter := making.services.adapter:
        examples["adapter"] = f"{adapter_name(adapter)}, none"

    def ask(place: str | None) -> str:
        return f"({read_script('grid_axis')})(name, {json.dumps(examples)}, {json.dumps(place)})"

    for axis in (x, y):
        place = f"#{axis.values.elem_id}"
        chosen = axis.name.input(inputs=axis.name, outputs=axis.values, js=f"name => {ask(place)}", **PRIVATE)
        chosen.success(js=CLICK.format("grid-check"), **PRIVATE)
    first = _first_axis(making.services)
    held = {
        replace(PARTS["g-x"], plain=first): x.name,
        replace(PARTS["g-x-values"], plain=AXES[first].example): x.values,  # type: ignore[index]
        PARTS["g-y"]: y.name,
        PARTS["g-y-values"]: y.values,
    }
    for part, component in held.items():
        typed = component.input if isinstance(component, gr.Dropdown) else component.change
        navigation.keep(typed, part, component)
    asked = navigation.hold(held).then(
        inputs=[x.name, y.name],
        outputs=[x.values, y.values],
        js=f"(...names) => names.map((name) => {ask(None)})",
        **PRIVATE,
    )
    asked.then(js=CHECK_IF_SHOWN, **PRIVATE)


def _wire_making(making: GridMaking) -> None:
    """Each portrait is a turn in the queue of all portraits; its end asks for the next one."""
    parts = making.parts
    keep_focus = {"js": read_script("keep_focus"), **PRIVATE}
    following = gr.Button("Make the next portrait", visible="hidden", elem_id="grid-next")
    turn = following.click(
        making.make_next,
        inputs={parts.sheet, parts.run, parts.stopped},
        outputs=parts.shown,
        show_progress="hidden",
        concurrency_id="pictures",
        concurrency_limit=making.services.at_once,
        api_visibility="private",
    )
    turn.success(inputs=parts.going, js=GO_ON, **PRIVATE)
    turn.failure(
        making.give_up, inputs={parts.sheet, parts.run, parts.stopped}, outputs=parts.shown, **UNQUEUED
    )
    begin_inputs = {*making.asking.inputs, parts.sheet, parts.offers, parts.run}
    for button, handler in ((parts.buttons.make, making.begin), (parts.buttons.go_on, making.resume)):
        begun = button.click(handler, inputs=begin_inputs, outputs=[*parts.shown, parts.run], **UNQUEUED)
        begun.then(**keep_focus)
        begun.success(inputs=parts.going, js=GO_ON, **PRIVATE)
    parts.buttons.stop.click(js=f'() => said("{STOPPING}")', outputs=parts.buttons.stop, **PRIVATE)
    parts.buttons.stop.click(making.stop, inputs=[parts.run, parts.stopped], **UNQUEUED)
    parts.buttons.stop.click(None, cancels=[turn])
    saved = parts.buttons.save.click(
        making.save,
        inputs=parts.sheet,
        outputs=parts.file,
        concurrency_id="exports",
        concurrency_limit=1,
        api_visibility="private",
    )
    saved.success(js=SAVE, **PRIVATE)
