"""Known problems reach the visitor in their own words, unforeseen ones calmly and in the log."""

import logging

import gradio as gr
import pytest

from generation.errors import AdapterRejected, GenerationError
from prompt_engine.errors import InvalidSelection, PromptEngineError
from studio.messages import UNEXPECTED, explain, explained


@pytest.mark.parametrize(
    "problem", [InvalidSelection("Choose one."), AdapterRejected("Take another adapter.")]
)
def test_known_problems_speak_for_themselves(problem: PromptEngineError | GenerationError) -> None:
    assert explain(problem) == str(problem)


def test_an_unforeseen_problem_is_logged_and_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        assert explain(RuntimeError("secret path of the server")) == UNEXPECTED
    assert "secret path" in caplog.text


def test_a_handler_raises_what_gradio_can_show() -> None:
    @explained
    def handler() -> None:
        raise InvalidSelection("Choose one.")

    with pytest.raises(gr.Error) as raised:
        handler()
    assert raised.value.message == "Choose one."
