"""Which models are off here, and why, under the dropdown that offers them."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from generation.loading.machine import Offer
from generation.models import MODELS
from studio.render import render_note

LOOKING = "Looking at what this machine can run. Portraits that are being made come first."
OFF = "{title} (off here)"

Choices = list[tuple[str, str]]


def model_choices(offers: Sequence[Offer] = ()) -> Choices:
    """Every model by its title; those that are off say so."""
    off = {offer.key for offer in offers if not offer.on}
    return [(OFF.format(title=each.title) if key in off else each.title, key) for key, each in MODELS.items()]


def render_offers(offers: Sequence[Offer]) -> str:
    """A sentence for each reason why models are off, with what helps; nothing where all are on."""
    by_reason: dict[str, list[Offer]] = {}
    for offer in offers:
        if offer.problem:
            by_reason.setdefault(offer.problem.replace(offer.title, ""), []).append(offer)
    return "".join(map(_reason, by_reason.values())) or render_note("")


def _reason(alike: Sequence[Offer]) -> str:
    """The first one's sentence; of others it is said that it holds for them too."""
    first, *others = alike
    too = f" The same holds for {_listed(others)}." if others else ""
    links = f" Read more: {', '.join(map(_link, alike))}." if any(offer.link for offer in alike) else ""
    return f'<p class="note">{escape(first.problem or "")}{escape(too)}{links}</p>'


def _listed(offers: Sequence[Offer]) -> str:
    *most, last = [offer.title for offer in offers]
    return f"{', '.join(most)} and {last}" if most else last


def _link(offer: Offer) -> str:
    return f'<a href="{escape(offer.link or "")}" target="_blank" rel="noopener">{escape(offer.title)}</a>'
