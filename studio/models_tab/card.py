"""One model beside the others: whether it takes part, its settings, and what it has made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from generation.loading.machine import Offer
from generation.models import ModelSpec
from generation.recipe import Recipe
from studio.adapter_choice import adapter_choices, meant_adapter, usual_adapter
from studio.controls import whole
from studio.models_tab.results import PLACEHOLDER, render_off
from studio.services import Services

LOOKING = "Looking at whether this machine can run it. Portraits that are being made come first."

Updates = dict[gr.components.Component, Any]
Held = Mapping[gr.components.Component, Any]


@dataclass(frozen=True)
class Card:
    """The components of one model."""

    services: Services
    spec: ModelSpec
    on: gr.Checkbox
    why: gr.HTML
    pictures: gr.HTML
    settings: gr.Column
    steps: gr.Slider
    guidance: gr.Slider
    adapter: gr.Dropdown

    @property
    def inputs(self) -> set[gr.components.Component]:
        """What `recipe` takes and `restore` writes, and whether the model takes part."""
        return {self.on, self.steps, self.guidance, self.adapter}

    @property
    def offering(self) -> list[gr.components.Component]:
        """What `offer` writes."""
        return [self.on, self.why, self.pictures, self.settings]

    def offer(self, offer: Offer, new: bool) -> Updates:
        """Show that this machine runs the model, or why not; pictures stay unless it is `new`."""
        shown = gr.update(visible=offer.on)
        pictures = gr.update(visible=True, value=PLACEHOLDER) if offer.on and new else shown
        why = gr.update(visible=not offer.on, value=render_off(offer))
        return {self.on: shown, self.settings: shown, self.why: why, self.pictures: pictures}

    def recipe(self, held: Held, prompt: Mapping[str, Any]) -> Recipe:
        """What this model is asked for.

        Raises:
            InvalidRecipe: it takes no such settings.
        """
        return Recipe(
            **prompt,
            model=self.spec.key,
            adapter=meant_adapter(held[self.adapter], self.services.adapters_for(self.spec.key)),
            steps=whole(held[self.steps]),
            guidance=float(held[self.guidance]),
        )

    def restore(self, settings: Mapping[str, Any]) -> Updates:
        """Show what a recipe asks of this model; an adapter that is not offered joins those that are."""
        name = settings["adapter"]
        offered = adapter_choices(self.services.adapters_for(self.spec.key))
        choices = offered if name in dict(offered).values() else [*offered, (name, name)]
        return {
            self.on: True,
            self.steps: settings["steps"],
            self.guidance: settings["guidance"],
            self.adapter: gr.update(choices=choices, value=name),
        }


def build_card(services: Services, spec: ModelSpec, on: bool) -> Card:
    """Build a card; one that is not known to be `on` here waits for what `offer` says."""
    name = f"model-{spec.key}"
    with gr.Column(min_width=260, elem_id=name, elem_classes="model-card"):
        with gr.Row(elem_classes="head"):
            gr.HTML(f"<h2>{spec.title}</h2>")
            asked = not spec.bundled or spec.key == services.model
            taking = gr.Checkbox(
                asked, label="Make this one", visible=on, container=False, min_width=130, elem_id=f"{name}-on"
            )
        why = gr.HTML(
            f'<p class="note">{LOOKING}</p>', visible=not on, elem_id=f"{name}-off", elem_classes="off"
        )
        pictures = gr.HTML(PLACEHOLDER, visible=on, elem_id=f"{name}-pictures", elem_classes="made")
        with gr.Column(visible=on, elem_classes="settings") as settings:
            steps, guidance = _build_numbers(spec, name)
            adapters = services.adapters_for(spec.key)
            adapter = gr.Dropdown(
                adapter_choices(adapters),
                value=usual_adapter(adapters),
                label="Adapter",
                filterable=False,
                elem_id=f"{name}-adapter",
            )
    return Card(services, spec, taking, why, pictures, settings, steps, guidance, adapter)


def _build_numbers(spec: ModelSpec, name: str) -> tuple[gr.Slider, gr.Slider]:
    least, most = spec.steps_range
    low, high = spec.guidance_range
    return (
        gr.Slider(least, most, spec.steps, step=1, label="Steps", elem_id=f"{name}-steps"),
        gr.Slider(low, high, spec.guidance, step=0.1, label="Guidance", elem_id=f"{name}-guidance"),
    )
