"""Somebody's own words, as a link, a picture or the history names them: the tab takes them over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio.messages import explained
from studio.models_tab.card import Card, Updates
from studio.models_tab.prompt import Prompt
from studio.navigation import Navigation
from studio.opening import open_view, wanted_settings
from studio.render import render_note
from studio.services import Services
from studio.view import View
from studio.wiring import UNQUEUED

# What a card has no input for, and what it takes instead.
FIXED = {"strength": "strength {}", "size": "{} px", "caching": "step caching"}


@dataclass(frozen=True)
class Restoring:
    """Explore makes its prompts of a choice: what somebody wrote is made here."""

    services: Services
    prompt: Prompt
    cards: Sequence[Card]
    status: gr.HTML
    taken: gr.Textbox

    @property
    def outputs(self) -> list[gr.components.Component]:
        """What `restore` writes."""
        return [
            *self.prompt.restored,
            self.status,
            self.taken,
            *(each for card in self.cards for each in card.inputs),
        ]

    @explained
    def restore(self, address: str, taken: str) -> Updates:
        """What an opened address says of its own words; nothing changes where it has none.

        `taken` is what a dropped picture gave to it: told once.
        """
        view, _ = open_view(address, self.services)
        told: Updates = {self.taken: "", self.status: taken or gr.skip()}
        if view.prompt is None:
            return told
        updates = told | self.prompt.restore(view.prompt, view.seed)
        if view.seed is None:
            return updates
        settings = wanted_settings(view, self.services)
        for card in self.cards:
            updates |= card.restore(settings) if card.spec.key == settings["model"] else {card.on: False}
        return updates | {self.status: taken + render_note(self._left_out(view, settings))}

    def _left_out(self, view: View, settings: dict[str, Any]) -> str:
        """What of the recipe no card has an input for."""
        usual = wanted_settings(View(model=view.model), self.services)
        other = [said.format(settings[name]) for name, said in FIXED.items() if settings[name] != usual[name]]
        return f"Not set here, where models are compared without it: {', '.join(other)}." if other else ""


def wire_restoring(restoring: Restoring, navigation: Navigation) -> None:
    """Whenever a view is opened."""
    navigation.opening.change(
        restoring.restore,
        inputs=[navigation.address, navigation.taken],
        outputs=restoring.outputs,
        **UNQUEUED,
    )
