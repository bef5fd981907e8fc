"""Opens the workshop: torch and diffusers, which take seconds to import, without their chatter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generation.chatter import silence_libraries
from generation.hub.access import take_token
from generation.workshop.long_lived import long_lived
from generation.workshop.settings import DEFAULT_SETTINGS, WorkshopSettings

if TYPE_CHECKING:
    from generation.results import ResultStore
    from generation.workshop.workshop import Workshop


def open_workshop(
    results: ResultStore | None = None, settings: WorkshopSettings = DEFAULT_SETTINGS
) -> Workshop:
    """A workshop that keeps finished comparisons in `results`; no model is loaded yet."""
    take_token()
    with long_lived():
        silence_libraries()
        from generation.workshop.workshop import Workshop

    return Workshop(results=results, settings=settings)
