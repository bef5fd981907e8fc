"""What the visitor asks for: one prompt, the models that take part, and what all of them should cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from generation.errors import InvalidRecipe
from generation.events import arms_of
from generation.models import ModelSpec
from generation.prompts.length import part_read
from studio.messages import explained
from studio.models_tab.card import Card, Held
from studio.models_tab.prompt import Prompt
from studio.price import Price
from studio.render import duration, render_note
from studio.services import Services

NONE_ON = "No model takes part: tick “Make this one” at one or more."
ANY_PROMPT: Mapping[str, Any] = {"prompt": "any", "seed": 0}  # what a price does not depend on


@dataclass(frozen=True)
class Asking:
    """Reads the inputs; `able` holds the keys of the models that can run here."""

    services: Services
    prompt: Prompt
    cards: Sequence[Card]
    able: gr.State

    @property
    def inputs(self) -> set[gr.components.Component]:
        """What everything here takes."""
        return {self.able, *self.prompt.all}.union(*(card.inputs for card in self.cards))

    def taking_part(self, held: Held) -> list[Card]:
        """The models that are on.

        Raises:
            InvalidRecipe: there is none.
        """
        asked = [card for card in self.cards if held[card.on] and card.spec.key in held[self.able]]
        if not asked:
            raise InvalidRecipe(NONE_ON)
        return asked

    @explained
    def price(self, held: Held) -> str:
        """What *Compare the models* would cost, and who reads only a part of the visitor's own words."""
        try:
            recipes = [card.recipe(held, ANY_PROMPT) for card in self.taking_part(held)]
        except InvalidRecipe as problem:
            return render_note(str(problem))
        asked = [(recipe, arms_of(recipe)) for recipe in recipes]
        portraits = sum(len(arms) for _, arms in asked)
        price, lent = self.services.prices.of_all(asked), self.services.settings.on_zerogpu
        specs = [(recipe.spec, self.services.has_t5(recipe.model)) for recipe in recipes]
        unread = render_unread(self.prompt.own_words(held), specs)
        return render_price(price, len(recipes), portraits, lent) + unread


def render_price(price: Price, models: int, portraits: int, lent: bool) -> str:
    """How many portraits, and about how many seconds, of a lent GPU or of this machine."""
    count = f"{_counted(portraits, 'portrait')} of {_counted(models, 'model')}"
    if price.unknown == models:
        return f'<p class="note">{count}. How long that takes here is not known yet.</p>'
    gpu = " of a GPU" if lent else ""
    more = f", and {_counted(price.unknown, 'model')} that this machine has not timed yet"
    time = f"<strong>about {duration(price.seconds)}</strong>{gpu}{more if price.unknown else ''}"
    return f'<p class="note">{count}: {time}.</p>'


def render_unread(prompt: str, specs: Sequence[tuple[ModelSpec, bool]]) -> str:
    """Which models, with or without T5, read only the beginning of a prompt, and how much of it."""
    read = {spec.title: len(part_read(prompt, spec, with_t5)) for spec, with_t5 in specs}
    return "".join(
        render_note(f"{title} reads the first {length:,} of these {len(prompt):,} characters.")
        for title, length in read.items()
        if length < len(prompt)
    )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
