"""One app under ZeroGPU for all tests: it takes seconds to start."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from shutil import copy2
from threading import Thread
from typing import Any

import pytest
from gradio_client import Client

from bench.app_process import app_command, free_port, stop
from generation.adapters.file import resolve_adapter
from generation.locations import REPOSITORY
from tests.zerogpu.device_api import DeviceApi, Loan

PATIENCE_S = 120
OTHER_ADAPTER = "other.safetensors"  # beside the demo model's own
GPU_SECONDS = "demo=0.01,start=1.2"  # a comparison of 4 steps declares 2 s, one of 50 steps 4 s


@dataclass
class SpaceOnZeroGpu:
    """The app in its process, the API that lends it GPUs, and what it was made to say."""

    process: subprocess.Popen[str]
    api: DeviceApi
    results: Path
    said: SimpleQueue[dict[str, Any]] = field(default_factory=SimpleQueue)
    log: list[str] = field(default_factory=list)
    hello: dict[str, Any] = field(default_factory=dict)

    def ask(self, leave_at: str | None = None, **recipe: Any) -> None:
        """Have a comparison made by the very services of the page."""
        assert self.process.stdin
        print(json.dumps({"recipe": recipe, "leave_at": leave_at}), file=self.process.stdin, flush=True)

    def hear(self, *events: str) -> dict[str, Any]:
        """What it says, up to the first of some events, or to a problem."""
        while True:
            heard = self.said.get(timeout=PATIENCE_S)
            if heard["event"] in (*events, "problem"):
                return heard

    def loan(self, number: int) -> Loan:
        """One of the borrowings, by its place among all of them, once it is over."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if -1 <= number < len(self.api.loans) and self.api.loans[number].failed is not None:
                return self.api.loans[number]
            time.sleep(0.01)
        raise AssertionError(f"borrowing {number} is not over: {self.api.loans}")

    def forget_results(self) -> None:
        """Have everything made anew."""
        for folder in self.results.glob("comparisons/*"):
            shutil.rmtree(folder)

    def read(self) -> None:
        """Until the app ends: what it says, and what it logs."""
        assert self.process.stdout
        for line in self.process.stdout:
            if line.startswith("SAID "):
                self.said.put(json.loads(line.removeprefix("SAID ")))
            else:
                self.log.append(line)
        self.said.put({"event": "problem", "kind": "the app has ended", "log": self.log[-30:]})


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SpaceOnZeroGpu]:
    """The app, served."""
    folder = tmp_path_factory.mktemp("space")
    other = copy2(resolve_adapter("demo"), folder / OTHER_ADAPTER)
    with DeviceApi() as api:
        _, environment = app_command(
            PORT=str(free_port()),
            RESULTS=str(folder / "results"),
            ADAPTERS=f"demo={other}",
            HOME=str(folder),
            SPACES_ZERO_GPU="true",
            SPACES_ZERO_DEVICE_API_URL=api.url,
            OMP_NUM_THREADS="1",  # who is forked waits for ever for the threads of OpenMP
            GPU_SECONDS=GPU_SECONDS,
        )
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.zerogpu.app_on_zerogpu"],
            env=environment,
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        space = SpaceOnZeroGpu(process, api, folder / "results")
        Thread(target=space.read, daemon=True).start()
        try:
            space.hello = space.hear("served")
            assert "url" in space.hello, space.hello
            yield space
        finally:
            stop(process)  # type: ignore[arg-type]  # it does not read from it


@pytest.fixture
def space(served: SpaceOnZeroGpu) -> SpaceOnZeroGpu:
    """The app, with nothing stored and nothing lent."""
    served.forget_results()
    served.api.answers.clear()
    served.api.asked.clear()
    served.api.take_back = False
    return served


@pytest.fixture(scope="session")
def clients(served: SpaceOnZeroGpu, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Client]:
    """Whoever asks over HTTP: a stranger, and one whom Hugging Face's proxy knows."""
    payload = base64.urlsafe_b64encode(b'{"user": "ada"}').decode().rstrip("=")
    folder = str(tmp_path_factory.mktemp("downloads"))
    headers: dict[str, dict[str, str]] = {"stranger": {}, "known": {"X-IP-Token": f"e30.{payload}.none"}}
    url = served.hello["url"]
    return {
        who: Client(url, verbose=False, download_files=folder, headers=sent) for who, sent in headers.items()
    }
