"""Opens the workshop: torch and diffusers, which take seconds to import, without their chatter."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from generation.chatter import silence_libraries
from generation.hub_access import take_token
from generation.long_lived import long_lived

if TYPE_CHECKING:
    from generation.placement import FreeMemory
    from generation.results import ResultStore
    from generation.workshop import Workshop


def open_workshop(
    results: ResultStore | None = None,
    free: Callable[[], FreeMemory] | None = None,
    tried: bool = True,
) -> Workshop:
    """A workshop that keeps finished comparisons in `results`; no model is loaded yet.

    `free` and `tried` as for `LoadedModels`: a Space on ZeroGPU says them.
    """
    take_token()
    with long_lived():
        silence_libraries()
        from generation.workshop import Workshop

    return Workshop(results=results, free=free, tried=tried)
