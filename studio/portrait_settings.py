"""The settings of the portraits, one fold away: model, adapter, seed, steps, guidance, strength, size."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from generation.errors import GenerationError
from generation.example import example_recipe
from generation.links import NO_ADAPTER
from generation.models import MODELS, ModelSpec, model_spec
from generation.recipe import LARGEST_SCALE, Recipe
from studio.adapter_choice import adapter_choices, meant_adapter, usual_adapter
from studio.controls import Controls
from studio.messages import explain
from studio.navigation import Navigation
from studio.offer_notes import LOOKING, model_choices, render_offers
from studio.render import render_note, render_problem
from studio.services import Services
from studio.wiring import PRIVATE, UNQUEUED, read_script

INFO = {
    "steps": "More steps refine the portraits and take longer.",
    "guidance": "Higher follows the prompt more closely, with less variety.",
    "strength": "0 leaves the adapter out, 1 uses it as it was trained.",
    "adapter": "Or write owner/name of one on the Hub; it is checked before anything is made with it.",
    "caching": "Foresees much of the later steps (TaylorSeer): quicker, and both portraits change.",
}
LOCK_SEED = "drawn => ({__type__: 'update', interactive: !drawn})"
KEEP_SEED = "(drawn, seed) => addressBar.set('seed', drawn ? null : seed, null, 'replaceState')"


@dataclass(frozen=True)
class PortraitSettings:
    """What the fold does; `inputs` join those of the page."""

    services: Services
    fold: gr.Accordion
    inputs: Mapping[str, gr.components.Component]
    models_note: gr.HTML
    adapter_note: gr.HTML

    def look(self) -> dict[gr.components.Component, Any]:
        """What this machine can run now; it may take as long as portraits that are being made."""
        try:
            offers = self.services.offers()
        except Exception as problem:
            return {self.models_note: render_problem(explain(problem))}
        note = render_offers(offers)
        return {self.inputs["model"]: gr.update(choices=model_choices(offers)), self.models_note: note}

    def choose_model(self, model: str) -> dict[gr.components.Component, Any]:
        """The settings that a model was made for, within its ranges, and the adapters that fit it."""
        usual = usual_recipe(self.services, model)
        adapter = usual_adapter(self.services.adapters_for(model))
        values = settings_of(usual, adapter)
        updates = {self.inputs[name]: each for name, each in model_updates(self.services, values).items()}
        return updates | {self.adapter_note: ""}

    def choose_adapter(self, model: str, adapter: str | None) -> dict[gr.components.Component, Any]:
        """Say at once of a name that it is none; without an adapter there is no strength."""
        try:
            meant_adapter(adapter, self.services.adapters_for(model))
            note = ""
        except GenerationError as problem:
            note = render_problem(str(problem))
        shown = gr.update(visible=adapter != NO_ADAPTER)
        return {self.inputs["strength"]: shown, self.adapter_note: note}


def usual_recipe(services: Services, model: str) -> Recipe:
    """What the inputs hold for a model before anyone changes them."""
    if model == services.model:
        return services.example_recipe
    return example_recipe(model, next(iter(services.adapters_for(model)), None))


def settings_of(recipe: Recipe, adapter: str) -> dict[str, Any]:
    """The inputs' values for a recipe with the adapter of a name."""
    return {
        "model": recipe.model,
        "adapter": adapter,
        "steps": recipe.steps,
        "guidance": recipe.guidance,
        "strength": recipe.adapter_scale,
        "size": recipe.size_px,
        "caching": recipe.step_caching is not None,
    }


def model_updates(services: Services, values: Mapping[str, Any]) -> dict[str, Any]:
    """An update a setting, by name: what it may be with the model of `values`, and its value."""
    props = _props(services, values)
    return {name: gr.update(**each) for name, each in props.items() if name != "model"}


def _props(services: Services, values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    spec = model_spec(values["model"])
    (least, most), (lowest, highest) = spec.steps_range, spec.guidance_range
    props: dict[str, dict[str, Any]] = {
        "model": {},
        "adapter": {"choices": adapter_choices(services.adapters_for(spec.key))},
        "steps": {"minimum": least, "maximum": most},
        "guidance": {"minimum": lowest, "maximum": highest},
        "strength": {"visible": values["adapter"] != NO_ADAPTER},
        "size": {"choices": _sizes(spec), "visible": len(spec.sizes_px) > 1},
        "caching": {},
    }
    return {name: {**each, "value": values[name]} for name, each in props.items()}


def _sizes(spec: ModelSpec) -> list[tuple[str, int]]:
    return [(f"{size:,} × {size:,} px", size) for size in spec.sizes_px]


def build_portrait_settings(services: Services) -> PortraitSettings:
    """Build the fold, closed, for the page's own model."""
    usual = services.example_recipe
    values = settings_of(usual, usual_adapter(services.adapters_for(services.model)))
    props = _props(services, values)
    with gr.Accordion("Settings", open=False, elem_id="settings") as fold:
        model = gr.Dropdown(
            model_choices(), **props["model"], label="Model", filterable=False, elem_id="model"
        )
        models_note = gr.HTML(render_note(LOOKING), elem_id="models-note")
        adapter = gr.Dropdown(
            **props["adapter"],
            label="Adapter",
            info=INFO["adapter"],
            allow_custom_value=True,
            elem_id="adapter",
        )
        adapter_note = gr.HTML(elem_id="adapter-note")
        inputs = {"model": model, "adapter": adapter, **_build_numbers(usual.seed, props)}
    return PortraitSettings(services, fold, inputs, models_note, adapter_note)


def _build_numbers(seed: int, props: Mapping[str, dict[str, Any]]) -> dict[str, gr.components.Component]:
    with gr.Row():
        inputs: dict[str, gr.components.Component] = {
            "seed": gr.Number(seed, label="Seed", interactive=False, elem_id="seed"),
            "new_seed": gr.Checkbox(True, label="Draw a new seed each time", elem_id="new-seed"),
        }
    titles = {"steps": "Steps", "guidance": "Guidance", "strength": "Adapter strength"}
    props["strength"].update(minimum=0, maximum=LARGEST_SCALE)
    for (name, title), step in zip(titles.items(), (1, 0.1, 0.05), strict=True):
        inputs[name] = gr.Slider(**props[name], step=step, label=title, info=INFO[name], elem_id=name)
    inputs["size"] = gr.Dropdown(**props["size"], label="Size", filterable=False, elem_id="size-px")
    inputs["caching"] = gr.Checkbox(
        **props["caching"], label="Step caching", info=INFO["caching"], elem_id="caching"
    )
    return inputs


def wire_portrait_settings(settings: PortraitSettings, controls: Controls, navigation: Navigation) -> None:
    """Wire the fold; what is chosen in it stands in the address."""
    model, adapter = controls["model"], controls["adapter"]
    settings.fold.expand(settings.look, outputs=[model, settings.models_note], **UNQUEUED)
    outputs = [*controls.of("adapter", "steps", "guidance", "strength", "size", "caching")]
    model.input(settings.choose_model, inputs=model, outputs=[*outputs, settings.adapter_note], **UNQUEUED)
    adapter.input(
        settings.choose_adapter,
        inputs=[model, adapter],
        outputs=[controls["strength"], settings.adapter_note],
        **UNQUEUED,
    )
    # In the browser: a seed can be typed only once it is certain that it will be used.
    seed, new_seed = controls["seed"], controls["new_seed"]
    new_seed.input(None, new_seed, seed, js=LOCK_SEED, api_visibility="private")
    gr.on([new_seed.input, seed.input], inputs=[new_seed, seed], js=KEEP_SEED, **PRIVATE)
    _keep_in_address(settings.services, controls)


def _keep_in_address(services: Services, controls: Controls) -> None:
    """Each setting stands there where it is not as its model would have it."""
    plain = {model: _plain_parts(services, model) for model in MODELS}
    keep = f"({read_script('keep_setting')})"
    for name in ("model", "adapter", "steps", "guidance", "strength", "size", "caching"):
        arguments = f"{json.dumps(name)}, model, value, {json.dumps(plain)}, {json.dumps(services.model)}"
        component = controls[name]
        js = f"(model, value) => {keep}({arguments})"
        component.input(inputs=[controls["model"], component], js=js, **PRIVATE)


def _plain_parts(services: Services, model: str) -> dict[str, Any]:
    usual = usual_recipe(services, model)
    return settings_of(usual, usual_adapter(services.adapters_for(model)))
