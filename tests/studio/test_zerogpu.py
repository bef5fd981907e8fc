"""Off ZeroGPU, borrowing a GPU changes nothing; on it, a visitor reads what went wrong."""

import sys
from collections.abc import Callable, Generator
from types import SimpleNamespace

import gradio as gr
import pytest

from generation.errors import AdapterRejected
from studio.messages import UNEXPECTED, explain
from studio.zerogpu import on_gpu


def steps(problem: Exception | None = None) -> Generator[int, None, None]:
    yield 1
    if problem:
        raise problem


@pytest.fixture
def asked_s(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The seconds for which a GPU was asked; the real package would patch torch for all later tests."""
    asked: list[int] = []

    def gpu(duration: int) -> Callable[[Callable], Callable]:
        asked.append(duration)
        return lambda handler: handler

    monkeypatch.setitem(sys.modules, "spaces", SimpleNamespace(GPU=gpu))
    return asked


def test_off_zerogpu_the_handler_stays_as_it_is() -> None:
    assert on_gpu(60, on_zerogpu=False)(steps) is steps
    assert "spaces" not in sys.modules


def test_on_zerogpu_it_runs_with_a_gpu_for_that_long(asked_s: list[int]) -> None:
    assert list(on_gpu(7, on_zerogpu=True)(steps)()) == [1]
    assert asked_s == [7]


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        (AdapterRejected("The adapter is for another model."), "The adapter is for another model."),
        (ValueError("a secret"), UNEXPECTED),
    ],
)
def test_what_goes_wrong_in_the_worker_is_told(asked_s: list[int], problem: Exception, sentence: str) -> None:
    with pytest.raises(gr.Error) as told:
        list(on_gpu(60, on_zerogpu=True)(steps)(problem))
    assert told.value.message == sentence
    assert explain(told.value) == sentence
