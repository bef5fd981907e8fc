"""The gender, a dropdown a bucket, what the faces must not have, and the switch for unusual combinations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr

from prompt_engine.buckets import BUCKET_NAMES, GENDERS, Bucket, buckets
from studio.controls import Choice, Values
from studio.options import ANY, WITHOUT, Choices
from studio.titles import GENDER, GENDER_TITLES

INFO_SEVERAL = "Choose as many as you like; none chosen = any."
REPEATABLE = frozenset(bucket.name for gender in GENDERS for bucket in buckets(gender) if bucket.repeatable)

Options = Mapping[str, Choices]


def build_choice(choice: Choice, options: Options) -> dict[str, gr.components.Component]:
    """The inputs, showing a choice."""
    genders = [(GENDER_TITLES[each], each) for each in GENDERS]
    gender = gr.Radio(genders, value=choice.gender, label=GENDER, elem_id="gender")
    with gr.Row(elem_id="buckets"):
        shown = _shown(choice, options)
        dropdowns = {name: _build_dropdown(name, props) for name, props in shown.items()}
    unusual = gr.Checkbox(choice.unusual, label="Allow unusual combinations", elem_id="unusual")
    return {"gender": gender, **dropdowns, "unusual": unusual}


def write_choice(choice: Choice, options: Options, held: Values, anew: bool) -> dict[str, Any]:
    """An update a dropdown, by name: what it offers, and with `anew` what it shows.

    One that shows its part already keeps what it holds: written again, it would lose what was chosen while
    the answer was on its way.
    """
    updates = {}
    for name, props in _shown(choice, options).items():
        if not anew:
            props = {"choices": props["choices"]} if props["visible"] else {}
        elif props["value"] == held[name]:
            del props["value"]
        if props:
            updates[name] = gr.update(**props)
    return updates


def _build_dropdown(name: str, props: Mapping[str, Any]) -> gr.Dropdown:
    several = name in REPEATABLE or name == WITHOUT
    return gr.Dropdown(
        **props,
        label=_title(name),
        info=INFO_SEVERAL if name in REPEATABLE else None,
        filterable=several,
        elem_id=f"bucket-{name}",
        elem_classes="several" if several else None,
        min_width=140,
    )


def _shown(choice: Choice, options: Options) -> dict[str, dict[str, Any]]:
    """What of each dropdown depends on the choice; a bucket of the other gender is hidden."""
    by_name = {bucket.name: bucket for bucket in buckets(choice.gender)}
    shown = {name: _bucket_shown(by_name.get(name), name, choice, options) for name in BUCKET_NAMES}
    unwanted = _several(options[WITHOUT], choice.unwanted)
    return {**shown, WITHOUT: unwanted}


def _bucket_shown(bucket: Bucket | None, name: str, choice: Choice, options: Options) -> dict[str, Any]:
    if bucket is None:
        return {"choices": [(ANY, ANY)], "value": ANY, "multiselect": False, "visible": False}
    chosen = [label for label in choice.wanted if label in bucket.options]
    if choice.unusual or bucket.repeatable:
        return _several([option for option in options[name] if option[1] != ANY], chosen)
    value = chosen[0] if chosen else ANY
    return {"choices": options[name], "value": value, "multiselect": False, "visible": True}


def _several(choices: Choices, chosen: Sequence[str]) -> dict[str, Any]:
    return {"choices": choices, "value": list(chosen), "multiselect": True, "visible": True}


def _title(name: str) -> str:
    if name == WITHOUT:
        return "Without"
    return next(bucket.title for gender in GENDERS for bucket in buckets(gender) if bucket.name == name)
