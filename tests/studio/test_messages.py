"""Known problems reach the visitor in words with an action, unforeseen ones calmly and in the log."""

import logging
import os
import stat
from collections.abc import Callable
from pathlib import Path
from traceback import format_exc
from typing import Any, get_args

import gradio as gr
import pytest
import torch

from generation.adapters.file import find_adapter
from generation.errors import AdapterRejected, GenerationError, ModelUnavailable, OutOfMemory, WorkshopEnded
from generation.recipe import Recipe
from generation.workshop.worker import WorkshopFailed
from prompt_engine.errors import InvalidSelection, PromptEngineError
from prompt_engine.selection import Selection
from studio.messages import KNOWN, OWN_WORDS, UNEXPECTED, Kind, explain, explained, kind_of
from tests.hub_api.client import use_hub
from tests.hub_api.server import HubApi
from tests.prompt_engine.faces.hub_server import Faults


def test_there_are_at_most_fifteen_messages_each_with_an_action() -> None:
    kinds = set(get_args(Kind))
    assert kinds == set(KNOWN) | OWN_WORDS and not set(KNOWN) & OWN_WORDS
    assert len(kinds) <= 15
    assert all(message.happened.endswith(".") and message.action.endswith(".") for message in KNOWN.values())


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        (InvalidSelection("Choose one."), "bad recipe"),
        (AdapterRejected("Take another adapter."), "adapter refused"),
        (ModelUnavailable("Fetch it first."), "model off"),
        (OutOfMemory("Take less."), "out of memory"),
        (WorkshopEnded("Ask again."), "worker death"),
    ],
)
def test_known_problems_speak_for_themselves(problem: PromptEngineError | GenerationError, kind: str) -> None:
    assert (explain(problem), kind_of(problem)) == (str(problem), kind)


@pytest.fixture
def full(tmp_path: Path) -> Path:
    """A file for which the disk is always full."""
    try:
        os.mknod(tmp_path / "full", stat.S_IFCHR | 0o600, os.makedev(1, 7))
        return tmp_path / "full"
    except (PermissionError, AttributeError):
        if not Path("/dev/full").is_char_device():
            pytest.skip("no /dev/full here, and none may be made")
        return Path("/dev/full")


def test_a_full_disk_is_told(full: Path) -> None:
    with pytest.raises(gr.Error) as raised:
        explained(full.write_bytes)(b"no room")
    assert raised.value.message == KNOWN["disk full"].text()


def test_a_full_disk_is_told_from_another_process_too(full: Path) -> None:
    try:
        full.write_bytes(b"no room")
    except OSError:
        problem = WorkshopFailed(format_exc())
    assert explain(problem) == KNOWN["disk full"].text()


@pytest.mark.parametrize("faults", [Faults(status=503), None], ids=["broken", "not there"])
def test_what_the_hub_does_not_give_is_told(
    faults: Faults | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with HubApi(faults=faults) as hub:
        use_hub(hub, monkeypatch, tmp_path)
        with pytest.raises(AdapterRejected) as raised:
            find_adapter("ada/portraits")
    assert kind_of(raised.value) == "hub" and explain(raised.value) == str(raised.value)


def ask_for_all_memory() -> None:
    bytearray(1 << 62)


def run_out_of_gpu_memory() -> None:
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        (ask_for_all_memory, "out of memory"),
        (run_out_of_gpu_memory, "out of memory"),
        (lambda: Recipe("a man", seed=-1), "bad recipe"),
        (lambda: Selection("female", ("Nonsense",)), "bad recipe"),
        (lambda: Path("/nowhere/at/all").read_bytes(), "unexpected"),
        (lambda: dict[str, str]()["a secret"], "unexpected"),
    ],
)
def test_whatever_a_handler_meets_is_told_without_its_name(cause: Callable[[], Any], kind: Any) -> None:
    with pytest.raises(gr.Error) as raised:
        explained(cause)()
    said = str(raised.value.message)
    assert raised.value.__cause__ is not None and kind_of(raised.value.__cause__) == kind
    assert said.endswith(".") and "Error" not in said and "secret" not in said and "nowhere" not in said
    if kind in KNOWN:
        assert said == KNOWN[kind].text()


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
