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


class Command:
    """`python -m training train` with a configuration, and what it says."""

    def __init__(self, config: Path, repository: Path) -> None:
        self._config, self._folder = config, repository
        self._environment = {**os.environ, "OMP_NUM_THREADS": "1"}

    def start(self, *options: str) -> subprocess.Popen[str]:
        """A process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "training", "train", "--config", str(self._config), *options],
            cwd=self._folder, env=self._environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def stopped(self, stop: signal.Signals, after: str) -> tuple[int, str]:
        """Its exit code and last words, when it gets a signal as it says a line that begins like that."""
        last = ""
        with self.start() as process:
            assert process.stdout is not None
            for line in process.stdout:
                if line.startswith(after):
                    process.send_signal(stop)
                last = line
        return process.returncode, last


def test_told_to_end_a_run_saves_and_goes_on_to_the_same_bytes(
    make_config: Callable[..., TrainingConfig], repository: Path, tmp_path: Path
) -> None:
    straight, stopped = (
        make_config(name, run_steps=20, validation_every=20, validation_prompts=["a man"])
        for name in ("straight", "stopped")
    )
    write_config(stopped, tmp_path / "stopped.toml")
    command = Command(tmp_path / "stopped.toml", repository)
    code, last = command.stopped(signal.SIGTERM, after="step  1/20")
    assert code == INTERRUPTED, last
    reached = checkpoint_steps(tmp_path / "stopped")[-1]
    assert 1 <= reached < 20
    assert last == f"Stopped after step {reached} of 20; go on with --resume.\n"
    with command.start("--resume") as resumed:
        said, complaints = resumed.communicate(timeout=100)
    assert resumed.returncode == 0
    assert f"Going on after step {reached}." in said
    assert not complaints  # no library speaks while a run learns, looks and saves
    train(straight, say=lambda _line: None)
    assert (tmp_path / "stopped" / ADAPTER).read_bytes() == (tmp_path / "straight" / ADAPTER).read_bytes()
