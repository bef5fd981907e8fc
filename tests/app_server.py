"""Runs the app as a person would: `python app.py`, its own process, its own results, a free port."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
START_S = 120


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def app_command(**environment: str) -> tuple[list[str], dict[str, str]]:
    """The command that starts the app, and this environment without what would change the app."""
    kept = {
        name: value for name, value in os.environ.items() if name not in {"CELEBA", "HOST", "PORT", "RESULTS"}
    }
    return [sys.executable, str(REPOSITORY / "app.py")], {**kept, **environment}


@contextmanager
def running_app(folder: Path, **environment: str) -> Iterator[str]:
    """Start the app, give its address once it answers, stop it at the end; logs to `folder/app.log`."""
    port = str(free_port())
    command, variables = app_command(PORT=port, RESULTS=str(folder / "results"), **environment)
    with (folder / "app.log").open("w+") as log:
        process = subprocess.Popen(command, env=variables, stdout=log, stderr=subprocess.STDOUT, cwd=folder)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_answering(url, process, folder / "app.log")
            yield url
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait_until_answering(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_S
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the app does not answer:\n{log.read_text()}") from None
            time.sleep(0.2)
