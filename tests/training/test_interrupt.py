"""A polite stop, by Ctrl+C or by who runs the machine: the step is finished, and nothing is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from prompt_engine.command_line import INTERRUPTED
from training.checkpoints import checkpoint_steps
from training.config import TrainingConfig
from training.config_file import write_config
from training.interrupt import noticing_interrupts
from training.loop import train

ADAPTER = "pytorch_lora_weights.safetensors"
STOPS = (signal.SIGINT, signal.SIGTERM)


@pytest.fixture
def harmless() -> Iterator[None]:
    """A signal that nobody notices ends no test."""
    before = {number: signal.signal(number, lambda *_: None) for number in STOPS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("harmless")
@pytest.mark.parametrize("stop", STOPS)
def test_a_stop_is_noticed_once_and_a_second_one_is_as_usual(stop: signal.Signals) -> None:
    usual = {number: signal.getsignal(number) for number in STOPS}
    with noticing_interrupts() as asked:
        assert not asked.is_set()
        os.kill(os.getpid(), stop)
        assert asked.is_set()
        assert {number: signal.getsignal(number) for number in STOPS} == usual
    with noticing_interrupts() as asked:
        assert {number: signal.getsignal(number) for number in STOPS} != usual
    assert not asked.is_set()
    assert {number: signal.getsignal(number) for number in STOPS} == usual


def test_beside_the_main_thread_signals_are_left_alone() -> None:
    usual, found = signal.getsignal(signal.SIGTERM), []

    def look() -> None:
        with noticing_interrupts() as asked:
            found.extend([signal.getsignal(signal.SIGTERM), asked.is_set()])

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert found == [usual, False]


def stop_training(config: Path, repository: Path, stop: signal.Signals, after: str) -> tuple[int, str, str]:
    """Exit code, last words and complaints of a run that gets a signal as it says a line that begins so."""
    last = ""
    with subprocess.Popen(
        [sys.executable, "-m", "training", "train", "--config", str(config)],
        cwd=repository, env={**os.environ, "OMP_NUM_THREADS": "1"}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None and process.stderr is not None
        for line in process.stdout:
            if line.startswith(after):
                process.send_signal(stop)
            last = line
        return process.wait(), last, process.stderr.read()


def test_told_to_end_a_run_saves_and_goes_on_to_the_same_bytes(
    make_config: Callable[..., TrainingConfig], repository: Path, tmp_path: Path
) -> None:
    straight, stopped = (
        make_config(name, run_steps=8, validation_every=1, validation_prompts=["a man"])
        for name in ("straight", "stopped")
    )
    write_config(stopped, tmp_path / "stopped.toml")
    code, last, complaints = stop_training(
        tmp_path / "stopped.toml", repository, signal.SIGTERM, after="step 1/8"
    )
    assert code == INTERRUPTED, last
    assert not complaints  # no library speaks while a run learns, looks and saves
    reached = checkpoint_steps(tmp_path / "stopped")[-1]
    assert 1 <= reached < 8
    assert last == f"Stopped after step {reached} of 8; go on with --resume.\n"
    said: list[str] = []
    train(stopped, resume=True, say=said.append)
    assert f"Going on after step {reached}." in said
    train(straight, say=lambda _line: None)
    assert (tmp_path / "stopped" / ADAPTER).read_bytes() == (tmp_path / "straight" / ADAPTER).read_bytes()
