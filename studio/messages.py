"""What a visitor reads when something goes wrong: known problems in their own words, anything else calmly."""

import functools
import logging
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import gradio as gr

from generation.errors import GenerationError
from prompt_engine.errors import PromptEngineError

log = logging.getLogger(__name__)

UNEXPECTED = "Something went wrong on our side, and your choices are kept. Please try again in a moment."
WAITING = "Waiting for a turn"
STARTING = "Starting"
LOADING = "Loading the model. This happens once and takes some seconds"
CANCEL, CANCELLING = "Cancel", "Cancelling"
CANCELLED = "Cancelled. The portraits shown are the earlier ones."
NOT_MADE = (
    "The portraits were not made: too many visitors may be waiting, or this page is out of date. "
    "Your choices are kept: try again in a minute, or reload the page."
)
NO_FACES_HERE = "CelebA has such images, but none of their files is in the folder that this app reads."
NO_DRAWN_FACES = "None of the drawn people carries all of these attributes."

P = ParamSpec("P")
R = TypeVar("R")


def explain(problem: Exception) -> str:
    """The sentence to show for an exception; an unforeseen one is logged with its traceback."""
    if isinstance(problem, PromptEngineError | GenerationError):
        return str(problem)
    if isinstance(problem, gr.Error):  # written for the visitor already, such as ZeroGPU's about its quota
        return str(problem.message)
    log.error("A handler failed", exc_info=problem)
    return UNEXPECTED


def explained(handler: Callable[P, R]) -> Callable[P, R]:
    """Turn whatever a handler raises into a `gr.Error` that a visitor can read."""

    @functools.wraps(handler)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return handler(*args, **kwargs)
        except Exception as problem:
            raise gr.Error(explain(problem), title="That did not work", print_exception=False) from problem

    return wrapper
