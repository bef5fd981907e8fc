"""The inputs of the page: their components and order, and how values become a Selection and a Recipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from generation.recipe import LARGEST_SCALE, Recipe
from prompt_engine.attributes import attribute
from prompt_engine.buckets import BUCKET_NAMES, GENDERS, Bucket, buckets
from prompt_engine.realiser import realise
from prompt_engine.seeds import draw_seed
from prompt_engine.selection import Selection

ANY = "any"
INFO = {
    "several": "Choose as many as you like; none chosen = any.",
    "steps": "More steps refine the portraits and take longer.",
    "guidance": "Higher follows the prompt more closely, with less variety.",
    "strength": "0 leaves the adapter out, 1 uses it as it was trained.",
}
LOCK_SEED = "drawn => ({__type__: 'update', interactive: !drawn})"
TITLES = {"male": "Man", "female": "Woman"}
REPEATABLE = frozenset(bucket.name for gender in GENDERS for bucket in buckets(gender) if bucket.repeatable)


@dataclass(frozen=True)
class Controls:
    """Every input component; `choice` and `all` fix the order in which handlers receive their values."""

    gender: gr.Radio
    by_bucket: Mapping[str, gr.Dropdown]
    seed: gr.Number
    new_seed: gr.Checkbox
    steps: gr.Slider
    guidance: gr.Slider
    strength: gr.Slider

    @property
    def choice(self) -> list[gr.components.Component]:
        """The inputs that make a Selection: gender, then one dropdown a bucket."""
        return [self.gender, *self.by_bucket.values()]

    @property
    def all(self) -> list[gr.components.Component]:
        """The inputs that make a Recipe: the choice, then the settings."""
        return [*self.choice, self.seed, self.new_seed, self.steps, self.guidance, self.strength]


CHOICE_SIZE = 1 + len(BUCKET_NAMES)


def read_selection(values: Sequence[Any]) -> Selection:
    """The Selection in the values of `Controls.choice`; what the gender does not offer is left out."""
    gender, *by_bucket = values[:CHOICE_SIZE]
    offered = {bucket.name: bucket.attributes for bucket in buckets(gender)}
    chosen = dict(zip(BUCKET_NAMES, by_bucket, strict=True))
    return Selection(
        gender,
        tuple(label for name, table in offered.items() for label in _labels(chosen[name]) if label in table),
    )


def read_recipe(values: Sequence[Any], model: str) -> Recipe:
    """The Recipe in the values of `Controls.all`; its seed is drawn here if the visitor wants a new one."""
    selection = read_selection(values)
    seed, new_seed, steps, guidance, strength = values[CHOICE_SIZE:]
    return Recipe(
        prompt=realise(selection),
        selection=selection,
        model=model,
        seed=draw_seed() if new_seed or seed is None else _whole(seed),
        steps=_whole(steps),
        guidance=float(guidance),
        adapter_scale=float(strength),
    )


def write_dropdowns(selection: Selection, values: Sequence[Any]) -> list[dict[str, Any]]:
    """An update a bucket that makes the dropdowns, which hold `values`, show a Selection.

    One that shows its part already keeps what it holds: written again, it would lose what was chosen while
    the answer was on its way.
    """
    by_name = {bucket.name: bucket for bucket in buckets(selection.gender)}
    updates = [gr.update(**_shown(name, by_name.get(name), selection)) for name in BUCKET_NAMES]
    for update, value in zip(updates, values, strict=True):
        if update["value"] == value:
            del update["value"]
    return updates


def build_choice(selection: Selection) -> tuple[gr.Radio, dict[str, gr.Dropdown]]:
    """The gender and one dropdown a bucket, showing a Selection."""
    gender = gr.Radio(
        [(TITLES[each], each) for each in GENDERS], value=selection.gender, label="Gender", elem_id="gender"
    )
    by_name = {bucket.name: bucket for bucket in buckets(selection.gender)}
    with gr.Row(elem_id="buckets"):
        dropdowns = {name: _build_dropdown(name, by_name.get(name), selection) for name in BUCKET_NAMES}
    return gender, dropdowns


def build_settings(recipe: Recipe) -> dict[str, gr.components.Component]:
    """Seed, steps, guidance and strength, within the ranges of the recipe's model."""
    spec = recipe.spec
    with gr.Row():
        seed = gr.Number(recipe.seed, label="Seed", interactive=False, elem_id="seed")
        new_seed = gr.Checkbox(True, label="Draw a new seed each time", elem_id="new-seed")
    # In the browser: a seed can be typed only once it is certain that it will be used.
    new_seed.input(None, new_seed, seed, js=LOCK_SEED, api_visibility="private")
    sliders = {
        "steps": _build_slider("steps", "Steps", *spec.steps_range, 1, recipe.steps),
        "guidance": _build_slider("guidance", "Guidance", *spec.guidance_range, 0.1, recipe.guidance),
        "strength": _build_slider(
            "strength", "Adapter strength", 0, LARGEST_SCALE, 0.05, recipe.adapter_scale
        ),
    }
    return {"seed": seed, "new_seed": new_seed, **sliders}


def _build_slider(name: str, title: str, least: float, most: float, step: float, value: float) -> gr.Slider:
    return gr.Slider(least, most, value=value, step=step, label=title, info=INFO[name], elem_id=name)


def _build_dropdown(name: str, bucket: Bucket | None, selection: Selection) -> gr.Dropdown:
    several = name in REPEATABLE
    return gr.Dropdown(
        **_shown(name, bucket, selection),
        multiselect=several,
        info=INFO["several"] if several else None,
        filterable=several,
        elem_id=f"bucket-{name}",
        elem_classes="several" if several else None,
        min_width=140,
    )


def _shown(name: str, bucket: Bucket | None, selection: Selection) -> dict[str, Any]:
    """What of a dropdown depends on gender and choice; a bucket of the other gender is hidden."""
    labels = tuple(bucket.attributes) if bucket else ()
    options = [(attribute(label).title, label) for label in labels]
    chosen = [label for label in selection.wanted if label in labels]
    if name in REPEATABLE:
        return {"choices": options, "value": chosen, "label": _bucket_title(name), "visible": True}
    return {
        "choices": [(ANY, ANY), *options],
        "value": chosen[0] if chosen else ANY,
        "label": _bucket_title(name),
        "visible": bucket is not None,
    }


def _bucket_title(name: str) -> str:
    return next(bucket.title for gender in GENDERS for bucket in buckets(gender) if bucket.name == name)


def _whole(number: float) -> Any:
    """The browser knows one kind of number; what has a fraction goes on as it is, to be refused in words."""
    return int(number) if number == int(number) else number


def _labels(value: str | list[str] | None) -> list[str]:
    if isinstance(value, list):
        return value
    return [value] if value and value != ANY else []
