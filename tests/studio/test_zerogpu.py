"""Off ZeroGPU nothing of it is imported; on it, what goes wrong with a GPU is told.

How the app runs there is in tests/zerogpu.
"""

import pickle
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from threading import Event, current_thread
from typing import Any

import gradio as gr
import pytest

from bench.app_process import free_port
from generation.errors import AdapterRejected, InvalidRecipe
from generation.events import Waiting
from generation.workshop.worker import WorkshopFailed
from studio.beside import beside
from studio.gpu_problems import Borrowed, RaisedOnGpu, explain_borrowing, raised_on_gpu
from studio.messages import KNOWN, UNEXPECTED, explain, kind_of

OFF_ZEROGPU = """
import sys
from pathlib import Path
from studio.services import open_services
from studio.settings import Settings
open_services(Settings(port=int(sys.argv[1]), results_dir=Path(sys.argv[2])))
print({"spaces", "torch", "gradio"} & set(sys.modules))
"""


class WantsMore(Exception):
    """As the Hub's errors do, it comes out of a pickle with less than it needs."""

    def __init__(self, text: str, response: object) -> None:
        super().__init__(text)


def test_off_zerogpu_nothing_of_it_and_nothing_heavy_is_imported(repository: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", OFF_ZEROGPU, str(free_port()), str(tmp_path)]
    assert subprocess.run(command, capture_output=True, cwd=repository, check=True).stdout == b"set()\n"


def through_the_worker(problem: Exception) -> Exception:
    """As it leaves the process that has the GPU, arrives in the other one, and is told there."""
    try:
        raise problem
    except Exception as raised:
        arrived = pickle.loads(pickle.dumps(raised_on_gpu(raised)))
    assert isinstance(arrived, RaisedOnGpu)
    return explain_borrowing(arrived, Borrowed(1.0, 15))


@pytest.mark.parametrize(
    "problem",
    [AdapterRejected("Take another adapter."), InvalidRecipe(["Too many steps.", "Too small."])],
    ids=lambda problem: type(problem).__name__,
)
def test_what_is_known_leaves_the_worker_as_it_is(problem: Exception) -> None:
    told = through_the_worker(problem)
    assert (type(told), str(told)) == (type(problem), str(problem))


@pytest.mark.parametrize("problem", [ValueError("a secret"), WantsMore("a secret", None)])
def test_what_is_unforeseen_leaves_the_worker_for_the_log_alone(problem: Exception) -> None:
    told = through_the_worker(problem)
    assert isinstance(told, WorkshopFailed) and "a secret" in str(told)
    assert explain(told) == UNEXPECTED


@pytest.mark.parametrize(
    ("problem", "had_s", "kind"),
    [
        (gr.Error("GPU task aborted", title="ZeroGPU worker error"), None, "aborted"),
        (gr.Error("GPU task aborted", title="ZeroGPU worker error"), 3.0, "worker death"),
        (gr.Error("GPU task aborted", title="ZeroGPU worker error"), 15.0, "timeout"),
        (gr.Error("PicklingError", title="ZeroGPU worker error"), 3.0, "unexpected"),
        (gr.Error("AssertionError", title="ZeroGPU worker error"), None, "aborted"),
        (gr.Error("Who knows", title="ZeroGPU has changed"), None, "unexpected"),
        (gr.Error("You have too many credits", title="ZeroGPU pending credits exceeded"), None, "quota"),
        (gr.Error("Space app has reached its GPU limit.", title="ZeroGPU quota exceeded"), None, "quota"),
        (gr.Error("No GPU was available after 60s", title="ZeroGPU quota exceeded"), None, "no gpu"),
        (gr.Error("No GPU was available", title="ZeroGPU client error"), None, "busy"),
        (gr.Error("Expired ZeroGPU proxy token", title="ZeroGPU client error"), None, "queue full"),
        (RuntimeError("Connection closed by visitor while queueing"), None, "cancelled"),
        (RuntimeError("Unexpected end of stream"), None, "busy"),
        (ConnectionRefusedError("no such host"), None, "busy"),
    ],
)
def test_what_zerogpu_says_is_told_in_our_words(problem: Any, had_s: float | None, kind: Any) -> None:
    told = explain_borrowing(problem, Borrowed(had_s, 15))
    assert kind_of(told) == kind
    assert KNOWN[kind].action.split(",")[0] in explain(told)
    assert "Error" not in explain(told)


def test_the_figures_of_a_quota_are_told() -> None:
    said = "You have exceeded your ZeroGPU quota (23s requested vs. 7s left). Try again in 1 day, 1:09:00. "
    told = explain_borrowing(gr.Error(said, title="ZeroGPU quota exceeded"), Borrowed(None, 23))
    assert "(23 s are asked for, 7 s are left)" in str(told) and "in 25 h 09 min" in str(told)


def test_what_comes_from_beside_comes_in_order_with_signs_of_life() -> None:
    go, threads = Event(), set()

    def steps() -> Generator[int, None, None]:
        for step in (1, 2):
            threads.add(current_thread())
            yield step
        go.wait()
        raise ValueError("at last")

    given = beside(steps())
    assert [next(given), next(given), next(given)] == [1, 2, Waiting()]
    go.set()
    with pytest.raises(ValueError, match="at last"):
        list(given)
    assert current_thread() not in threads


def test_who_leaves_does_not_wait_for_what_goes_on_beside() -> None:
    go, never, closed = Event(), Event(), Event()

    def steps() -> Generator[int, None, None]:
        try:
            yield 1
            go.wait()
            yield 2
            never.wait()
        finally:
            closed.set()

    given = beside(steps())
    assert next(given) == 1
    given.close()
    assert not closed.is_set()
    go.set()
    assert closed.wait(10)
