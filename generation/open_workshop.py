"""Opens the workshop: torch and diffusers, which take seconds to import, without their chatter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generation.long_lived import long_lived

if TYPE_CHECKING:
    from generation.results import ResultStore
    from generation.workshop import Workshop


def open_workshop(results: ResultStore | None = None) -> Workshop:
    """A workshop that keeps finished comparisons in `results`; no model is loaded yet."""
    with long_lived():
        from transformers.utils import logging as transformers_logging

        # Before diffusers is imported: that makes transformers speak of image processors, unused here.
        transformers_logging.set_verbosity_error()
        from diffusers.utils import logging as diffusers_logging

        from generation.workshop import Workshop

    for logging in (diffusers_logging, transformers_logging):
        logging.disable_progress_bar()
    return Workshop(results=results)
