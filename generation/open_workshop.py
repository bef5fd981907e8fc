"""Opens the workshop: torch and diffusers, which take seconds to import, without their chatter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generation.chatter import silence_libraries
from generation.long_lived import long_lived

if TYPE_CHECKING:
    from generation.results import ResultStore
    from generation.workshop import Workshop


def open_workshop(results: ResultStore | None = None) -> Workshop:
    """A workshop that keeps finished comparisons in `results`; no model is loaded yet."""
    with long_lived():
        silence_libraries()
        from generation.workshop import Workshop

    return Workshop(results=results)
