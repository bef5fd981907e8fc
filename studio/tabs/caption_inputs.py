"""How captions are to be written: asked for only where they are what is exported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from prompt_engine.captions import CaptionRules
from prompt_engine.seeds import LARGEST_SEED
from studio.render import render_note
from studio.wiring import PRIVATE

CAPTIONS = "captions"
IF_CHOSEN = f"what => ({{__type__: 'update', visible: what === '{CAPTIONS}'}})"
ALL_SPLITS = (
    "Captions are of the images that the view counts: where its split is All, test images are among them."
)
WORDS = ("plain", "varied")
WITHOUT_RANDOM = (1.0, 1.0, 0.0)  # the weights of the tiers


@dataclass(frozen=True)
class CaptionInputs:
    """The components, and what they say."""

    seed: gr.Number
    style: gr.Radio
    reliable: gr.Checkbox

    @property
    def all(self) -> set[gr.components.Component]:
        """What a handler takes that writes captions."""
        return {self.seed, self.style, self.reliable}

    def read(self, held: Mapping[gr.components.Component, Any]) -> dict[str, Any]:
        """Seed and rules, as `Asked` takes them."""
        weights = WITHOUT_RANDOM if held[self.reliable] else CaptionRules.tier_weights
        rules = CaptionRules(style=held[self.style], tier_weights=weights)
        return {"seed": int(held[self.seed] or 0), "rules": rules}


def build_caption_inputs(what: gr.Dropdown, elem_id: str, splittable: bool) -> CaptionInputs:
    """Build them, shown while `what` says captions."""
    with gr.Column(visible=False) as shown:
        with gr.Row():
            styles = [(style.capitalize(), style) for style in WORDS]
            style = gr.Radio(styles, value="varied", label="Words", elem_id=f"{elem_id}-style")
            seed = gr.Number(
                0, label="Seed", precision=0, minimum=0, maximum=LARGEST_SEED, elem_id=f"{elem_id}-seed"
            )
            reliable = gr.Checkbox(False, label="Leave out near-random labels", elem_id=f"{elem_id}-reliable")
        gr.HTML(render_note(ALL_SPLITS if splittable else ""))
    what.input(inputs=what, outputs=shown, js=IF_CHOSEN, **PRIVATE)
    return CaptionInputs(seed, style, reliable)
