"""Runs the app as a person would: `python app.py`, its own process, its own results, a free port."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from generation.locations import REPOSITORY

START_S = 240  # a slow machine with work of its own; the target is measured, not enforced here
STOP_S = 20
CHANGES_THE_APP = {"CELEBA", "HOST", "PORT", "RESULTS", "SPACE_ID", "SPACES_ZERO_GPU"}


class AppDown(RuntimeError):
    """The app ended, or does not answer in time; the text holds what it said."""


@dataclass(frozen=True)
class RunningApp:
    """An app that was started: its address, its process, and the file that it writes its messages to."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def wait_until_answering(self) -> None:
        """Return as soon as the page answers.

        Raises: AppDown.
        """
        deadline = time.monotonic() + START_S
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AppDown(f"The app does not answer:\n{self.log.read_text(errors='replace')}")
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.url, timeout=5) as page:
                return b"gradio" in page.read()
        except OSError:
            return False


def app_command(**environment: str) -> tuple[list[str], dict[str, str]]:
    """The command that starts the app, and this environment without what would change the app."""
    kept = {name: value for name, value in os.environ.items() if name not in CHANGES_THE_APP}
    return [sys.executable, str(REPOSITORY / "app.py")], {**kept, **environment}


@contextmanager
def started_app(folder: Path, **environment: str) -> Iterator[RunningApp]:
    """Start the app without waiting for it, stop it at the end; results and messages go to `folder`."""
    port = free_port()
    command, variables = app_command(PORT=str(port), RESULTS=str(folder / "results"), **environment)
    log = folder / "app.log"
    with log.open("wb") as messages:
        process = subprocess.Popen(
            command, env=variables, stdout=messages, stderr=subprocess.STDOUT, cwd=folder
        )
        try:
            yield RunningApp(f"http://127.0.0.1:{port}", process, log)
        finally:
            stop(process)


@contextmanager
def running_app(folder: Path, **environment: str) -> Iterator[str]:
    """Start the app, give its address once it answers, stop it at the end.

    Raises: AppDown.
    """
    with started_app(folder, **environment) as app:
        app.wait_until_answering()
        yield app.url


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask the process to end, make it end when it does not, and wait until it has."""
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
