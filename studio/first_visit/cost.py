"""What *Generate* costs, said before any click: seconds of work, on ZeroGPU of the visitor's quota."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import gradio as gr

from generation.errors import GenerationError
from generation.events import arms_of
from generation.recipe import STEP_CACHINGS, Recipe
from studio.adapter_choice import meant_adapter
from studio.controls import Controls, whole
from studio.first_visit.plan import PLANS, Plan, comparisons_a_day
from studio.navigation import CLICK
from studio.render import duration, render_note
from studio.services import Services
from studio.wiring import LATEST, PRIVATE

ANY: Mapping[str, Any] = {"prompt": "any", "seed": 0}  # what a price does not depend on
ESTIMATE = "This is an estimate from the daily quota, not from what is left of yours."
SAY_COST = CLICK.format("say-cost")
SETTINGS = ("model", "adapter", "steps", "guidance", "strength", "size", "caching")
UNKNOWN = "How long that takes here is known once it was made."
NOT_YET = '<p class="note" data-not-yet>What it takes here is measured while the model loads.</p>'


def render_cost(values: Mapping[str, Any], services: Services) -> str:
    """The price of a comparison with these settings; nothing where they cannot be used."""
    try:
        recipe = _recipe(values, services)
    except GenerationError:
        return ""  # said where it is typed
    off = next((each.problem for each in services.last_offers if each.key == recipe.model), None)
    if off:
        return render_note(off)
    seconds = services.prices.of(recipe, arms_of(recipe))
    if seconds is None:
        loading = recipe.model == services.model and not services.ready
        return NOT_YET if loading else render_note(UNKNOWN)
    if services.settings.on_zerogpu:
        return _render_quota(seconds)
    return f'<p class="note">Takes about <strong>{duration(seconds)}</strong> here.</p>'


def wire_cost(cost: gr.HTML, controls: Controls, services: Services) -> None:
    """Say it anew whenever the settings change; an opened view's is said with its portraits."""
    say = gr.Button("Say what it costs", visible="hidden", elem_id="say-cost")
    settings = controls.of(*SETTINGS)
    say.click(partial(_say, services), inputs=settings, outputs=cost, **LATEST)
    gr.on([each.change for each in settings], js=SAY_COST, **PRIVATE)


def _say(services: Services, *values: Any) -> str:
    return render_cost(dict(zip(SETTINGS, values, strict=True)), services)


def _render_quota(seconds: float) -> str:
    """What is asked for, and what that is of a day; `cost.js` shows the visitor's own."""
    plans = "".join(
        f'<span data-plan="{name}" hidden>{_day(plan, seconds)}</span>' for name, plan in PLANS.items()
    )
    return f'<p class="note">Asks for <strong>{seconds:,.0f} s</strong> of your GPU time. {plans}</p>'


def _day(plan: Plan, seconds: float) -> str:
    count = comparisons_a_day(plan, seconds)
    noun = "comparison" if count == 1 else "comparisons"
    return f"{plan.who} has {plan.daily_s:,} s a day: about {count:,} {noun} like this. {ESTIMATE}"


def _recipe(values: Mapping[str, Any], services: Services) -> Recipe:
    model = values["model"]
    return Recipe(
        **ANY,
        model=model,
        adapter=meant_adapter(values["adapter"], services.adapters_for(model)),
        adapter_scale=float(values["strength"]),
        steps=whole(values["steps"]),
        guidance=float(values["guidance"]),
        size_px=values["size"],
        step_caching=STEP_CACHINGS[0] if values["caching"] else None,
    )
