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
from studio.models_tab.asking import Asking
from studio.models_tab.card import Card, build_card
from studio.models_tab.prompt import Prompt, build_prompt
from studio.models_tab.restoring import Restoring, wire_restoring
from studio.models_tab.running import Running, wire_running
from studio.models_tab.speed import ORDER
from studio.navigation import CLICK, Navigation
from studio.render import render_note, render_problem
from studio.services import Services
from studio.wiring import LATEST, PRIVATE, UNQUEUED

LEAD = (
    "One prompt and one seed for every model. Each has its own steps and guidance, and makes both portraits: "
    "as it is, and with the adapter."
)
CHECK = CLICK.format("models-check")

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


def build_models_tab(services: Services, navigation: Navigation, memory: Memory, tab: gr.Tab) -> None:
    """Build what stands in `tab`, and wire it; nothing is looked at before the tab is opened."""
    gr.HTML(render_note(LEAD))
    prompt = build_prompt(services)
    with gr.Row(elem_id="models-actions"):
        start = gr.Button("Compare the models", variant="primary", min_width=180, elem_id="models-start")
        cancel = gr.Button(CANCEL, visible=False, min_width=180, elem_id="models-cancel")
        price = gr.HTML(elem_id="models-price")
    status = gr.HTML(elem_id="models-status")
    with gr.Row(elem_id="model-cards"):
        cards = [
            build_card(services, MODELS[key], on=key == services.model) for key in _shown_models(services)
        ]
    asking = Asking(services, prompt, cards, gr.State((services.model,)))
    _wire_price(asking, price)
    wire_running(_build_running(asking, memory, (start, cancel, status)))
    wire_restoring(Restoring(services, prompt, cards, status, navigation.taken), navigation)
    build_history(services)
    _wire_opening(ModelsTab(services, cards, asking.able, status), prompt, tab)


def _shown_models(services: Services) -> list[str]:
    """The official ones and the demo model: last where it only stands in for others."""
    return ["demo", *ORDER] if services.model == "demo" else [*ORDER, "demo"]


def _build_running(asking: Asking, memory: Memory, shown: tuple[gr.Button, gr.Button, gr.HTML]) -> Running:
    going, run = (gr.Number(0, precision=0, visible="hidden") for _ in range(2))
    return Running(asking, memory, *shown, gr.State(None), going, run, gr.State(set()))


def _wire_price(asking: Asking, price: gr.HTML) -> None:
    """Whatever takes part, and how, changes what the button costs; words may be more than a model reads."""
    check = gr.Button("Say the price", visible="hidden", elem_id="models-check")
    check.click(asking.price, inputs=asking.inputs, outputs=price, **LATEST)
    of_cards = [each for card in asking.cards for each in (card.on, card.steps, card.guidance, card.adapter)]
    # Not `.input`: of a Textbox, Gradio fires it at key presses only, and not when text is pasted or deleted.
    listened = [each.change for each in (*of_cards, asking.prompt.words, asking.prompt.source)]
    gr.on(listened, js=CHECK, **PRIVATE)


def _wire_opening(built: ModelsTab, prompt: Prompt, tab: gr.Tab) -> None:
    """Whenever the tab is opened: what Explore shows, the history, and what the machine can run."""
    # The page's address says what Explore shows; it says so too when a link opens this tab first.
    opened = tab.select(js="() => location.search", outputs=prompt.address, **PRIVATE)
    opened.then(prompt.show, inputs=prompt.address, outputs=prompt.explored, **UNQUEUED)
    opened.then(js=CLICK.format("show-history"), **PRIVATE)
    # In a queue, one at a time: each would wait for what is being made, and hold a thread meanwhile.
    looked = opened.then(
        built.look,
        inputs=built.able,
        outputs=[built.able, built.status, *(each for card in built.cards for each in card.offering)],
        show_progress="hidden",
        concurrency_id="offers",
        concurrency_limit=1,
        api_visibility="private",
    )
    looked.then(js=CHECK, **PRIVATE)
