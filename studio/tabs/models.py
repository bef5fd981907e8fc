"""The tab Models: one prompt, all models that run here side by side, what was made, and how long it took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from generation.loading.machine import Offer
from generation.models import MODELS
from studio.history.memory import Memory
from studio.history.section import build_history
from studio.messages import CANCEL, explain
from studio.models_tab.card import Card, build_card
from studio.models_tab.prompt import Prompt, build_prompt
from studio.models_tab.running import Running, wire_running
from studio.models_tab.speed import ORDER
from studio.navigation import CLICK
from studio.render import render_note, render_problem
from studio.services import Services
from studio.wiring import PRIVATE, UNQUEUED

LEAD = (
    "One prompt and one seed for every model. Each has its own steps and guidance, and makes both portraits: "
    "as it is, and with the adapter."
)
Updates = dict[gr.components.Component, Any]


@dataclass(frozen=True)
class ModelsTab:
    """The cards, and which of them this machine can fill."""

    services: Services
    cards: Sequence[Card]
    able: gr.State
    status: gr.HTML

    def look(self, able: tuple[str, ...]) -> Updates:
        """Show which models run here now; it may take as long as portraits that are being made."""
        try:
            offers = {offer.key: offer for offer in self.services.offers()}
        except Exception as problem:
            return {self.status: render_problem(explain(problem))}
        return self._shown(offers, able)

    def _shown(self, offers: dict[str, Offer], able: tuple[str, ...]) -> Updates:
        updates: Updates = {self.able: tuple(key for key, offer in offers.items() if offer.on)}
        for card in self.cards:
            key = card.spec.key
            updates |= card.offer(offers[key], new=key not in able)
        return updates


def build_models_tab(services: Services, memory: Memory, tab: gr.Tab) -> None:
    """Build what stands in `tab`, and wire it; nothing is looked at before the tab is opened."""
    gr.HTML(render_note(LEAD))
    prompt = build_prompt(services)
    with gr.Row(elem_id="models-actions"):
        start = gr.Button("Compare the models", variant="primary", min_width=180, elem_id="models-start")
        cancel = gr.Button(CANCEL, visible=False, min_width=180, elem_id="models-cancel")
        status = gr.HTML(elem_id="models-status")
    with gr.Row(elem_id="model-cards"):
        cards = [
            build_card(services, MODELS[key], on=key == services.model) for key in _shown_models(services)
        ]
    able = gr.State((services.model,))
    run, cancelled = gr.Number(0, precision=0, visible="hidden"), gr.State(set())
    wire_running(Running(services, memory, prompt, cards, able, start, cancel, status, run, cancelled))
    build_history(services, memory)
    _wire_opening(ModelsTab(services, cards, able, status), prompt, tab)


def _shown_models(services: Services) -> list[str]:
    """The official ones; the demo model only where it is the page's own, and then first."""
    return ["demo", *ORDER] if services.model == "demo" else list(ORDER)


def _wire_opening(built: ModelsTab, prompt: Prompt, tab: gr.Tab) -> None:
    """Whenever the tab is opened: what Explore shows, the history, and what the machine can run."""
    # The page's address says what Explore shows; it says so too when a link opens this tab first.
    opened = tab.select(js="() => location.search", outputs=prompt.address, **PRIVATE)
    opened.then(prompt.show, inputs=prompt.address, outputs=prompt.explored, **UNQUEUED)
    opened.then(js=CLICK.format("show-history"), **PRIVATE)
    # In a queue, one at a time: each would wait for what is being made, and hold a thread meanwhile.
    opened.then(
        built.look,
        inputs=built.able,
        outputs=[built.able, built.status, *(each for card in built.cards for each in card.offering)],
        show_progress="hidden",
        concurrency_id="offers",
        concurrency_limit=1,
        api_visibility="private",
    )
