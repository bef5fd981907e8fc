"""What a visitor reads when something goes wrong: one table of all that is known, anything else calmly."""

from __future__ import annotations

import errno
import functools
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, ParamSpec, TypeVar

import gradio as gr

from generation.errors import (
    AdapterRejected,
    GenerationError,
    ModelUnavailable,
    OutOfMemory,
    WorkshopEnded,
)
from generation.workshop.worker import WorkshopFailed
from prompt_engine.errors import PromptEngineError

log = logging.getLogger(__name__)

WAITING = "Waiting for a turn"
STARTING = "Starting"
LOADING = "Loading the model. This happens once and takes some seconds"
CANCEL, CANCELLING = "Cancel", "Cancelling"
LONGEST = 2_000  # characters of a message
NO_FACES_HERE = "CelebA has such images, but none of their files is in the folder that this app reads."
NO_DRAWN_FACES = "None of the drawn people carries all of these attributes."

P = ParamSpec("P")
R = TypeVar("R")

Kind = Literal[
    "quota",
    "aborted",
    "timeout",
    "worker death",
    "no gpu",
    "busy",
    "out of memory",
    "queue full",
    "cancelled",
    "disk full",
    "unexpected",
    "model off",
    "adapter refused",
    "bad recipe",
    "hub",
]


@dataclass(frozen=True)
class Message:
    """What happened, perhaps with figures in braces, and what the visitor can do about it."""

    happened: str
    action: str

    def text(self, **figures: object) -> str:
        """Both, with the figures filled in."""
        return f"{self.happened} {self.action}".format(**figures)


# These are told by the problem's own sentence, which ends with what to do.
OWN_WORDS: frozenset[Kind] = frozenset({"model off", "adapter refused", "bad recipe", "hub"})
KNOWN: Mapping[Kind, Message] = MappingProxyType(
    {
        "quota": Message(
            "The GPU time that is left to you is not enough for this{figures}.",
            "Choose Turbo or fewer steps, sign in to Hugging Face for more time, or try again {when}.",
        ),
        "aborted": Message(
            "A GPU was lent to you, but it could not be made ready, and nothing was made.",
            "Your choices are kept: please try again.",
        ),
        "timeout": Message(
            "The GPU was taken back after {seconds} s, before the portraits were finished.",
            "Choose fewer steps or a smaller size, or try again.",
        ),
        "worker death": Message(
            "The GPU was lost while the portraits were made.", "Your choices are kept: please try again."
        ),
        "no gpu": Message(
            "No GPU came free within a minute.",
            "Your choices are kept: try again in some minutes; who is signed in to Hugging Face waits less.",
        ),
        "busy": Message(
            "All GPUs are busy, or none can be asked for at the moment.",
            "Your choices are kept: please try again in a minute.",
        ),
        "out of memory": Message(
            "The memory was not enough for this.", "Choose a smaller size or a smaller model, or try again."
        ),
        "queue full": Message(
            "The portraits were not made: too many visitors may be waiting, or this page is out of date.",
            "Your choices are kept: try again in a minute, or reload the page.",
        ),
        "cancelled": Message(
            "Cancelled. The portraits shown are the earlier ones.", "Generate makes new ones."
        ),
        "disk full": Message(
            "The portraits could not be kept: the disk of this app is full.",
            "Please tell whoever runs it; until then, only what was made before can be shown.",
        ),
        "unexpected": Message(
            "Something went wrong on our side, and your choices are kept.", "Please try again in a moment."
        ),
    }
)

UNEXPECTED = KNOWN["unexpected"].text()
CANCELLED = KNOWN["cancelled"].text()
NOT_MADE = KNOWN["queue full"].text()

_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)

# The first that fits says the kind; all of these are shown in their own words.
_KINDS: tuple[tuple[type[Exception], Kind], ...] = (
    (ModelUnavailable, "model off"),
    (AdapterRejected, "adapter refused"),
    (OutOfMemory, "out of memory"),
    (WorkshopEnded, "worker death"),
    (GenerationError, "bad recipe"),
    (PromptEngineError, "bad recipe"),
)


class KnownProblem(GenerationError):
    """A problem in the table's words."""

    def __init__(self, kind: Kind, **figures: object) -> None:
        self.kind: Kind = kind
        super().__init__(KNOWN[kind].text(**figures))

    def __reduce__(self) -> tuple[Any, ...]:
        return _as_told, (self.kind, str(self))


def _as_told(kind: Kind, text: str) -> KnownProblem:
    problem = KnownProblem.__new__(KnownProblem, text)
    problem.kind = kind
    return problem


def kind_of(problem: BaseException) -> Kind:
    """Which of the known problems this is."""
    if isinstance(problem, KnownProblem):
        return problem.kind
    if isinstance(problem, GenerationError) and _from_hub(problem.__cause__):
        return "hub"
    for family, kind in _KINDS:
        if isinstance(problem, family):
            return kind
    # By its name: torch is not imported where the page is served.
    if isinstance(problem, MemoryError) or type(problem).__name__ == "OutOfMemoryError":
        return "out of memory"
    if isinstance(problem, OSError) and problem.errno in _DISK_FULL:
        return "disk full"
    if isinstance(problem, WorkshopFailed) and _tells_full_disk(str(problem)):
        return "disk full"
    return "unexpected"


def _from_hub(cause: BaseException | None) -> bool:
    return cause is not None and type(cause).__module__.partition(".")[0] in ("huggingface_hub", "httpx")


def _tells_full_disk(report: str) -> bool:
    """Whether a traceback from another process ends with it."""
    last = report.strip().rpartition("\n")[2]
    return any(last.startswith(f"OSError: [Errno {number}]") for number in _DISK_FULL)


def explain(problem: Exception) -> str:
    """The sentence to show for an exception; an unforeseen one is logged with its traceback."""
    if isinstance(problem, PromptEngineError | GenerationError):
        return _shortened(str(problem))
    if isinstance(problem, gr.Error):  # written for the visitor by `explained`
        return str(problem.message)
    kind = kind_of(problem)
    if kind in ("unexpected", "disk full"):
        log.error("A handler failed", exc_info=problem)
    return KNOWN[kind].text()


def _shortened(sentences: str) -> str:
    """What was sent may stand in them, however long it is; half a character of it could not be sent back."""
    cut = sentences if len(sentences) <= LONGEST else f"{sentences[:LONGEST]}…"
    return cut.encode(errors="backslashreplace").decode()


def explained(handler: Callable[P, R]) -> Callable[P, R]:
    """Turn whatever a handler raises into a `gr.Error` that a visitor can read."""

    @functools.wraps(handler)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return handler(*args, **kwargs)
        except Exception as problem:
            raise gr.Error(explain(problem), title="That did not work", print_exception=False) from problem

    return wrapper
