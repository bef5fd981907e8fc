"""Keeps transformers, diffusers and bitsandbytes from talking between our own lines."""

import logging as standard_logging


def silence_libraries() -> None:
    """No advice about image processors that are not used here, and no progress bar a file that is read.

    Call it before diffusers is imported, which makes transformers speak.
    """
    standard_logging.getLogger("bitsandbytes").setLevel(standard_logging.ERROR)
    from transformers.utils import logging as transformers_logging

    transformers_logging.set_verbosity_error()
    from diffusers.utils import logging as diffusers_logging

    # It would write what a visitor asks for into the log: the page says how much of it is read.
    speaks = "diffusers.pipelines.stable_diffusion_3.pipeline_stable_diffusion_3"
    standard_logging.getLogger(speaks).setLevel(standard_logging.ERROR)
    for logging in (diffusers_logging, transformers_logging):
        logging.disable_progress_bar()
