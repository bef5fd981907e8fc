"""The tab Explore: choose attributes, see the prompt, the matching faces, and both portraits."""

from __future__ import annotations

import gradio as gr

from prompt_engine.realiser import realise
from studio.choice import build_choice
from studio.controls import Choice, Controls
from studio.dropped_picture import Dropping, wire_dropping
from studio.exploring import Explore, Hidden, Shown, wire_exploring
from studio.first_visit.cost import wire_cost
from studio.first_visit.examples import render_examples
from studio.first_visit.walkthrough import render_walkthrough
from studio.history.memory import Memory
from studio.large_face import build_large_face
from studio.making import Actions, Making, wire_making, wire_stored
from studio.matches import Matches, build_faces, count_text
from studio.messages import CANCEL
from studio.navigation import Navigation
from studio.options import count_options
from studio.panels import Drawing, build_drawing, build_filters, build_versions
from studio.portrait_settings import PortraitSettings, build_portrait_settings, wire_portrait_settings
from studio.portraits import build_portraits
from studio.render import render_note, render_prompt
from studio.render_notes import render_notes
from studio.services import Services
from studio.sharing import wire_sharing
from studio.tabs.evaluation_fold import build_evaluation_fold
from studio.tabs.export_fold import OF_VIEW, build_export_fold

Inputs = dict[str, gr.components.Component]
Described = tuple[gr.HTML, gr.HTML, gr.HTML]
Faces = tuple[gr.HTML, gr.HTML]


def build_explore_tab(
    services: Services, page: gr.Blocks, navigation: Navigation, memory: Memory
) -> Controls:
    """Build the tab and wire it; gives its inputs, which say what is chosen.

    `page` is the Blocks whose load shows the first comparison.
    """
    gr.HTML(render_walkthrough(), elem_id="first-steps-block")
    with gr.Row(elem_id="workbench"):
        with gr.Column(scale=8, min_width=320, elem_id="pictures"):
            portraits = build_portraits(services.example, services)
            gr.HTML(render_examples(services), elem_id="examples")
        with gr.Column(scale=5, min_width=320, elem_id="choice"):
            inputs, described = _build_choice(services)
            actions = _build_actions(described[-1])
            cost = gr.HTML(elem_id="cost")
            drawing, settings = _build_panels(services, navigation, inputs)
        faces, other_faces = _build_matching(services, inputs)
    controls, hidden = Controls(inputs), _build_hidden(services)
    matches = Matches(*described, *faces)
    explore = Explore(services, navigation, controls, drawing, matches, hidden, portraits.dropped)
    opened = wire_exploring(explore, actions.random, other_faces)
    wire_portrait_settings(settings, controls, navigation)
    wire_sharing(portraits, hidden.address)
    wire_dropping(Dropping(services, portraits, navigation, hidden.address))
    build_large_face(services)
    build_evaluation_fold(services)
    _build_export(explore)
    run = gr.Number(0, precision=0, visible="hidden")
    making = Making(services, controls, portraits, actions, memory, cost, run, gr.State(set()))
    wire_making(making, page)
    wire_cost(cost, controls, services)
    wire_stored(making, opened, navigation.address)
    return controls


def _build_panels(
    services: Services, navigation: Navigation, inputs: Inputs
) -> tuple[Drawing, PortraitSettings]:
    """What is one fold away; the inputs among it join `inputs`."""
    inputs |= build_filters(services.faces)
    drawing = build_drawing(services.faces)
    drawing.hold(navigation)
    settings = build_portrait_settings(services)
    inputs |= settings.inputs
    return drawing, settings


def _build_matching(services: Services, inputs: Inputs) -> tuple[Faces, gr.Button]:
    """The faces, and the button that draws others; what says which of them are shown joins `inputs`."""
    with gr.Column(min_width=320, elem_id="faces"):
        with gr.Row(elem_id="faces-head"):
            gr.HTML("<h2>Faces that match</h2>")
            inputs["version"] = build_versions(services.faces)
            other_faces = gr.Button("Other faces", size="sm", min_width=120, elem_id="other-faces")
        faces = build_faces()
        gr.HTML(render_note(services.faces.notice), elem_id="notice")
    inputs["faces_seed"] = gr.Number(0, precision=0, visible="hidden")
    return faces, other_faces


def _build_choice(services: Services) -> tuple[Inputs, Described]:
    """The inputs, and what describes them: prompt, notes, and the count, which stands with the buttons."""
    view = services.plain_view
    options = count_options(view.selection, view.within, services.faces)
    inputs = build_choice(Choice.of(view), options)
    sentence = realise(view.selection)
    return inputs, (
        gr.HTML(render_prompt(sentence), elem_id="prompt"),
        gr.HTML(render_notes(view.selection, services.lifts), elem_id="notes"),
        gr.HTML(count_text(view, services), elem_id="count", render=False),
    )


def _build_actions(count: gr.HTML) -> Actions:
    """What stays in sight on a phone: how far it is, how many match, and the buttons."""
    with gr.Column(elem_id="act"):
        status = gr.HTML(elem_id="status")
        count.render()
        with gr.Row(elem_id="actions"):
            generate = gr.Button("Generate", variant="primary", min_width=140, elem_id="generate")
            cancel = gr.Button(CANCEL, visible=False, min_width=140, elem_id="cancel")
            draw = gr.Button("Random prompt", min_width=140, elem_id="random")
    return Actions(generate, cancel, draw, status)


def _build_hidden(services: Services) -> Hidden:
    view = services.plain_view
    return Hidden(
        prompt_seed=gr.Number(0, precision=0, visible="hidden"),
        shown=gr.State(Shown(view.gender, view.unusual, prompt_seed=0, opening=0)),
        address=gr.Textbox(visible="hidden", elem_id="shown-address"),
        more_faces=gr.Textbox(visible="hidden"),
    )


def _build_export(explore: Explore) -> None:
    """The fold at the end; a file about another view than the page shows is offered no more."""
    exporter, inputs = explore.services.exporter, explore.controls.of_view
    fold = build_export_fold(exporter, "Export", OF_VIEW, "export", inputs, explore.asked)
    fold.hide_after([explore.hidden.address.change])
