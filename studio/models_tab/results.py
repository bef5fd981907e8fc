"""What stands in a model's card: why it is off, how far it is, or what it made; all values are escaped."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from types import MappingProxyType

from generation.events import ARMS, Arm, Progress
from generation.loading.machine import Offer
from generation.models import MODELS
from studio.history.words import describe_seconds, describe_settings, render_pair
from studio.render import duration, render_problem
from studio.services import StoredComparison


def _frames(said: str, previews: Mapping[Arm, str] = MappingProxyType({})) -> str:
    """Where the portraits will be; `previews` are addresses of pictures, which what is `said` describes."""
    spans = (f'<img src="{previews[arm]}" alt="">' if arm in previews else "" for arm in ARMS)
    return f'<div class="arms empty">{"".join(f"<span>{each}</span>" for each in spans)}</div>{said}'


PLACEHOLDER = _frames('<p class="note">Not made yet</p>')
CANCELLED = _frames('<p class="note">Cancelled before it was finished</p>')


def render_off(offer: Offer) -> str:
    """Why a model is off, where to read on, and what it would be asked for."""
    spec = MODELS[offer.key]
    usual = f"{spec.steps} steps · guidance {spec.guidance:g} · {spec.size_px:,} px"
    link = (
        f' <a href="{escape(offer.link)}" target="_blank" rel="noopener">Its page</a>' if offer.link else ""
    )
    why = f"<strong>Off here.</strong> {escape(offer.problem or '')}{link}"
    return f'<p class="note">{why}</p><p class="note">{usual}</p>'


def render_queued(sentence: str) -> str:
    """Asked for, and not begun."""
    return _frames(f'<p class="note" role="status">{escape(sentence)}</p>')


def render_steps(done: Mapping[Arm, Progress], arms: int, previews: Mapping[Arm, str]) -> str:
    """One bar for all arms of a model, which mostly go together, the time left, and what is seen so far."""
    last = list(done.values())[-1]
    step, steps = sum(each.step for each in done.values()), last.steps * arms
    left = "less than a second left" if last.seconds_left < 1 else f"about {duration(last.seconds_left)} left"
    said = f"Step {last.step} of {last.steps}, {left}"
    bar = f'<progress value="{step}" max="{steps}" aria-label="Denoising"></progress>'
    return _frames(f'<div class="progress">{bar}<p class="left" role="status">{said}</p></div>', previews)


def render_made(stored: StoredComparison) -> str:
    """Its portraits, how long they took, and with which settings."""
    facts = escape(" · ".join(describe_settings(stored.recipe)))
    time = f'<strong class="time">{describe_seconds(stored.seconds)}</strong>'
    return f'{render_pair(stored.recipe, dict(stored.files))}<p class="note">{time} {facts}</p>'


def render_failed(sentence: str) -> str:
    """Why there are no portraits."""
    return _frames(render_problem(sentence))
