"""The one prompt of all models: what Explore shows, or the visitor's own words; and the one seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from generation.recipe import LONGEST_PROMPT, Recipe
from prompt_engine.seeds import draw_seed
from studio.controls import whole
from studio.opening import open_view
from studio.portrait_settings import LOCK_SEED
from studio.render import render_prompt
from studio.services import Services
from studio.view import View
from studio.wiring import PRIVATE

EXPLORE, OWN = "explore", "own"
TITLES = {EXPLORE: "Explore’s choice", OWN: "Own words"}
HINT = "Describe a portrait, such as: a photo of a smiling woman with wavy hair"
SWITCH = (
    "source => [{__type__: 'update', visible: source === 'explore'}, "
    "{__type__: 'update', visible: source === 'own'}]"
)

Held = Mapping[gr.components.Component, Any]


@dataclass(frozen=True)
class Prompt:
    """The components; `address` is the page's own, as the browser tells it: it says what Explore shows."""

    services: Services
    address: gr.Textbox
    source: gr.Radio
    explored: gr.HTML
    words: gr.Textbox
    seed: gr.Number
    new_seed: gr.Checkbox

    @property
    def all(self) -> set[gr.components.Component]:
        """What `read` and `read_seed` take."""
        return {self.address, self.source, self.words, self.seed, self.new_seed}

    def show(self, address: str) -> str:
        """The sentence of what Explore shows, in readable type."""
        return render_prompt(self._explored(address)["prompt"])

    def read(self, held: Held) -> dict[str, Any]:
        """The fields of a recipe that every model gets alike; a seed is drawn where a new one is wanted.

        Raises:
            InvalidRecipe: there is no prompt, or no such seed.
        """
        own = held[self.source] == OWN
        said = (
            View(prompt=held[self.words] or "").recipe_fields() if own else self._explored(held[self.address])
        )
        seed = held[self.seed]
        drawn = held[self.new_seed] or seed is None
        fields = said | {"seed": draw_seed() if drawn else whole(seed)}
        Recipe(**fields)  # a prompt that is none is told once, not by every model
        return fields

    def own_words(self, held: Held) -> str:
        """What the visitor has written, where that counts."""
        return held[self.words] or "" if held[self.source] == OWN else ""

    @property
    def restored(self) -> list[gr.components.Component]:
        """What `restore` writes."""
        return [self.source, self.explored, self.words, self.seed, self.new_seed]

    def restore(self, words: str, seed: int | None) -> dict[gr.components.Component, Any]:
        """Show somebody's own words, and the seed that goes with them."""
        shown = {
            self.source: OWN,
            self.explored: gr.update(visible=False),
            self.words: gr.update(value=words, visible=True),
            self.new_seed: seed is None,
        }
        return shown if seed is None else shown | {self.seed: gr.update(value=seed, interactive=True)}

    def _explored(self, address: str) -> dict[str, Any]:
        view, _ = open_view(address, self.services)
        fields = View(view.gender, view.wanted, view.unwanted).recipe_fields()
        return {name: fields[name] for name in ("prompt", "selection")}


def build_prompt(services: Services) -> Prompt:
    """Build it for what the page shows at first, and wire what happens in the browser alone."""
    sources = [(title, source) for source, title in TITLES.items()]
    with gr.Row(elem_id="models-prompt"):
        with gr.Column(scale=3, min_width=300):
            source = gr.Radio(sources, value=EXPLORE, label="Prompt", elem_id="models-source")
            explored = gr.HTML(elem_id="models-explored")
            words = gr.Textbox(
                label="Own words",
                show_label=False,
                placeholder=HINT,
                max_length=LONGEST_PROMPT,
                lines=2,
                visible=False,
                elem_id="models-words",
            )
        with gr.Column(scale=1, min_width=220):
            recipe = services.example_recipe
            seed = gr.Number(recipe.seed, label="Seed", precision=0, interactive=False, elem_id="models-seed")
            new_seed = gr.Checkbox(True, label="Draw a new seed each time", elem_id="models-new-seed")
    address = gr.Textbox("", visible="hidden", elem_id="models-address")
    source.input(inputs=source, outputs=[explored, words], js=SWITCH, **PRIVATE)
    new_seed.input(inputs=new_seed, outputs=seed, js=LOCK_SEED, **PRIVATE)
    return Prompt(services, address, source, explored, words, seed, new_seed)
