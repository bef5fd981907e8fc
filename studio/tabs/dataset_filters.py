"""Which prompts and which images the tab Dataset is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from prompt_engine.faces import FaceSource
from prompt_engine.prompt_filter import DEFAULT_THRESHOLD, PromptFilter
from prompt_engine.query import SPLITS, Query
from prompt_engine.reliability import Tier
from studio.address_parts import PARTS, Part
from studio.render import render_note

Values = Mapping[gr.components.Component, Any]

TITLE = "Filter: which prompts are kept, and which images count"
INFO = {
    "threshold": "Images a prompt needs.",
    "lift": "Drops what is surely rarer than so many times chance; 0 drops none.",
    "tier": "Drops prompts with worse labels.",
    "strict": "Two hair colours, no beard and a goatee, and the like.",
}
TIERS = {Tier.RANDOM: "All labels", Tier.DOUBTFUL: "No near-random ones", Tier.UNFLAGGED: "Unflagged only"}
ONE_LIST = (
    "Known here are the counts of all images that are not blurry. With a CelebA folder, the training images "
    "or those without contradictory labels can be counted alone."
)


@dataclass(frozen=True)
class Filters:
    """The components, and what they say."""

    threshold: gr.Number
    lift: gr.Number
    tier: gr.Dropdown
    split: gr.Dropdown
    blurry: gr.Checkbox
    strict: gr.Checkbox

    @property
    def all(self) -> set[gr.components.Component]:
        """What every handler takes."""
        return {self.threshold, self.lift, self.tier, self.split, self.blurry, self.strict}

    @property
    def held(self) -> dict[Part, gr.components.Component]:
        """What the address holds of each; what the source cannot tell apart is never restored."""
        switch = (False, True) if self.strict.parent.visible else (False,)
        splits = PARTS["d-split"].values if self.split.visible else ("",)
        return {
            PARTS["threshold"]: self.threshold,
            PARTS["d-lift"]: self.lift,
            PARTS["d-tier"]: self.tier,
            replace(PARTS["d-split"], values=splits): self.split,
            replace(PARTS["d-blurry"], values=switch): self.blurry,
            replace(PARTS["d-strict"], values=switch): self.strict,
        }

    def prompt_filter(self, values: Values) -> PromptFilter:
        """What a prompt must reach.

        Raises:
            InvalidSelection: a negative number.
        """
        threshold = values[self.threshold]
        return PromptFilter(
            DEFAULT_THRESHOLD if threshold is None else int(threshold),
            values[self.lift] or None,
            Tier(values[self.tier]),
        )

    def within(self, values: Values) -> Query:
        """Which images count."""
        return Query(
            split=values[self.split] or None,
            blurry="in" if values[self.blurry] else "out",
            strict=bool(values[self.strict]),
        )

    def asked(self, values: Values) -> tuple[Query, PromptFilter]:
        """What a file about the catalogue is about: the same as the table.

        Raises:
            InvalidSelection: a negative number.
        """
        return self.within(values), self.prompt_filter(values)

    def consistent(self, values: Values) -> Query:
        """The same images without the contradictory ones."""
        return replace(self.within(values), strict=True)


def build_filters(source: FaceSource) -> Filters:
    """One fold; what the source cannot tell apart is hidden, and said."""
    with gr.Accordion(TITLE, open=False, elem_id="dataset-filters"):
        prompts = _build_prompts()
        images = _build_images(source)
    return Filters(*prompts, *images)


def _build_prompts() -> tuple[gr.Number, gr.Number, gr.Dropdown]:
    with gr.Row():
        threshold = _build_least("threshold", "Threshold", value=DEFAULT_THRESHOLD, precision=0)
        lift = _build_least("lift", "Least lift", value=0, step=0.1)
        tier = gr.Dropdown(
            [(title, int(tier)) for tier, title in TIERS.items()],
            value=int(Tier.RANDOM),
            label="Labels allowed",
            info=INFO["tier"],
            filterable=False,
            min_width=180,
            elem_id="dataset-tier",
        )
    return threshold, lift, tier


def _build_least(name: str, title: str, **given: Any) -> gr.Number:
    return gr.Number(
        label=title, info=INFO[name], minimum=0, min_width=140, elem_id=f"dataset-{name}", **given
    )


def _build_images(source: FaceSource) -> tuple[gr.Dropdown, gr.Checkbox, gr.Checkbox]:
    if not source.filterable:
        gr.HTML(render_note(ONE_LIST))
    with gr.Row(visible=source.filterable):
        split = gr.Dropdown(
            [("All images", ""), *((f"{split.capitalize()} images", split) for split in SPLITS)],
            value="",
            label="Split",
            filterable=False,
            visible=source.splittable,
            min_width=180,
            elem_id="dataset-split",
        )
        strict = gr.Checkbox(
            False,
            label="Leave out contradictory labels",
            info=INFO["strict"],
            min_width=180,
            elem_id="dataset-strict",
        )
        blurry = gr.Checkbox(False, label="Count blurry images too", min_width=180, elem_id="dataset-blurry")
    return split, blurry, strict
