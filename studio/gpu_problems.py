"""What goes wrong with a borrowed GPU: how it leaves the process that has the GPU, and what it is called.

Of any exception but a `gr.Error`, ZeroGPU tells the class and no more; of its own, sentences that assume
that the visitor knows what ZeroGPU is. Read in `spaces` 0.51.3: zero/client.py and zero/wrappers.py.
"""

from __future__ import annotations

import logging
import pickle
import re
from dataclasses import dataclass
from traceback import format_exc

import gradio as gr

from generation.errors import GenerationError
from generation.workshop.worker import WorkshopFailed
from studio.messages import KnownProblem, kind_of

log = logging.getLogger(__name__)

_WORKER = "ZeroGPU worker error"
_ABORTED = "GPU task aborted"
_NOT_IN_A_MINUTE = "No GPU was available after"
_NOT_NOW = "No GPU was available"
_LEFT = "Connection closed by visitor"
_FIGURES = re.compile(r"\((\d+)s requested vs\. (\d+)s left\)")
_TOO_LONG = re.compile(r"duration \((\d+)s\) is larger")
_WAIT = re.compile(r"Try again in (?:(\d+) days?, )?(\d+):(\d\d):\d\d")


class RaisedOnGpu(gr.Error):
    """A problem on its way out of the process that has the GPU; ZeroGPU lets nothing else through whole."""

    def __init__(self, problem: Exception | str) -> None:
        super().__init__(str(problem), print_exception=False)
        self.problem = problem


def raised_on_gpu(problem: Exception) -> RaisedOnGpu:
    """What to raise in the process that has the GPU; to be called while the problem is handled."""
    kind = kind_of(problem)
    if not isinstance(problem, GenerationError):
        known = kind in ("out of memory", "disk full")
        problem = KnownProblem(kind) if known else WorkshopFailed(format_exc())
    try:
        pickle.loads(pickle.dumps(problem))
    except Exception:  # whatever an exception's own __init__ wants: the visitor would wait for ever
        problem = WorkshopFailed(format_exc())
    return RaisedOnGpu(problem)


@dataclass(frozen=True)
class Borrowed:
    """How far a borrowing came: for how long the GPU was there, None before it was; what was declared."""

    had_s: float | None
    declared_s: int


def explain_borrowing(problem: Exception, borrowed: Borrowed) -> Exception:
    """The problem that a borrowing ended with, as one that can be told."""
    if isinstance(problem, RaisedOnGpu):
        return problem.problem if isinstance(problem.problem, Exception) else problem
    if isinstance(problem, gr.Error):
        return _of_zerogpu(problem, borrowed)
    if _LEFT in str(problem):
        return KnownProblem("cancelled")
    log.error("ZeroGPU could not be asked", exc_info=problem)
    return KnownProblem("busy")


def _of_zerogpu(problem: gr.Error, borrowed: Borrowed) -> Exception:
    title, message = problem.title, str(problem.message)
    log.warning("%s: %s", title, message)
    if title == _WORKER:
        return _lost(message, borrowed)
    # Before the title: of a visitor whom ZeroGPU does not know, it calls this a quota too.
    if _NOT_IN_A_MINUTE in message:
        return KnownProblem("no gpu")
    if _NOT_NOW in message:
        return KnownProblem("busy")
    if "proxy token" in message:  # it came with the page, and has expired
        return KnownProblem("queue full")
    if any(word in title for word in ("quota", "duration", "credits")):
        return KnownProblem("quota", figures=_figures(message), when=_when(message))
    return WorkshopFailed(f"{title}: {message}")


def _lost(message: str, borrowed: Borrowed) -> Exception:
    if borrowed.had_s is None:
        return KnownProblem("aborted")
    if message != _ABORTED:
        return WorkshopFailed(message)
    # ZeroGPU gives no reason. It counts from a little earlier, when the GPU was handed over.
    if borrowed.had_s >= 0.9 * borrowed.declared_s:
        return KnownProblem("timeout", seconds=round(borrowed.had_s))
    return KnownProblem("worker death")


def _figures(message: str) -> str:
    if found := _FIGURES.search(message):
        return f" ({found[1]} s are asked for, {found[2]} s are left)"
    if found := _TOO_LONG.search(message):
        return f" ({found[1]} s at once are more than anyone may borrow)"
    return ""


def _when(message: str) -> str:
    found = _WAIT.search(message)
    if not found:
        return "later"
    hours = 24 * int(found[1] or 0) + int(found[2])
    return f"in {hours} h {found[3]} min" if hours else f"in {int(found[3]) + 1} min"
