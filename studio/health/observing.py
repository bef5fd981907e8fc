"""Watches a comparison as it is made, and says in the log how it ended."""

from __future__ import annotations

import logging
import time
from collections.abc import Generator, Sequence
from contextlib import closing

from generation.events import Arm, Event, Finished, Progress, Waiting
from generation.recipe import Recipe
from generation.results import StoredComparison
from studio.health.pulse import Outcome, Pulse

log = logging.getLogger(__name__)


Events = Generator[Event | Waiting | StoredComparison, None, None]


def observed(events: Events, recipe: Recipe, arms: Sequence[Arm], pulse: Pulse) -> Events:
    """The same events; however they end is counted, and logged without the prompt and the seed."""
    began_s = time.monotonic()
    outcome: Outcome = "cancelled"  # whoever stops asking closes the iterator
    made, kind = False, None
    try:
        with closing(events):
            for event in events:
                made = made or isinstance(event, Progress)
                if isinstance(event, Finished | StoredComparison):
                    outcome = "made" if made else "stored"
                    found = event.comparison if isinstance(event, Finished) else event
                    pulse.used(recipe.adapter, found.recipe.adapter_revision)
                yield event
    except Exception as problem:
        outcome, kind = "failed", _kind_of(problem)
        raise
    finally:
        pulse.ended(outcome)
        told = _fields(recipe, arms) | {"adapter": pulse.public_name(recipe.adapter), "outcome": outcome}
        told |= {"seconds": round(time.monotonic() - began_s, 2)} | ({"problem": kind} if kind else {})
        log.info("comparison", extra={"fields": told})


def _kind_of(problem: Exception) -> str:
    from studio.messages import kind_of  # with Gradio, which is not imported before a setting is checked

    return kind_of(problem)


def _fields(recipe: Recipe, arms: Sequence[Arm]) -> dict[str, object]:
    return {
        "model": recipe.model,
        "steps": recipe.steps,
        "size_px": recipe.size_px,
        "portraits": len(arms),
    }
