"""ZeroGPU's device API on this machine: it lends GPUs that are not there, and refuses as the real one does.

Source: the client of `spaces` 0.51.3, zero/client.py and zero/api.py.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

SLOTS = 2  # GPUs that may be lent at once


@dataclass(frozen=True)
class Quota:
    """429: what the visitor has left, in seconds, and the wait for more; below 0: nobody may have as much."""

    left: int
    wait_s: float


@dataclass(frozen=True)
class Status:
    """Any other refusal."""

    code: int


@dataclass(frozen=True)
class Queued:
    """The visitor waits in ZeroGPU's queue: so many pings, then the end."""

    pings: int = 1
    ends: str = "succeeded"


@dataclass(frozen=True)
class Lent:
    """A GPU is lent at once; `dies` kills its process as soon as it asks for the GPU."""

    dies: bool = False
    refused: bool = False  # the GPU itself, when the process asks for it


Answer = Quota | Status | Queued | Lent


@dataclass
class Loan:
    """One borrowing: what was asked, who has the GPU, and how it ended."""

    token: str
    slot: int
    seconds: int
    idle: bool
    answer: Answer
    pid: int | None = None
    allowed_at: float = 0.0
    failed: bool | None = None  # None while it lasts


@dataclass
class DeviceApi:
    """A context manager. `answers` are given to the next askers, then everyone is lent a GPU."""

    answers: list[Answer] = field(default_factory=list)
    loans: list[Loan] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    started: int = 0
    take_back: bool = False  # kill who has a GPU for longer than was asked, as ZeroGPU does

    def __post_init__(self) -> None:
        self.lock = threading.Lock()
        self.open = threading.Event()  # nobody is answered while it is not set
        self.open.set()
        self._idle: dict[int, int] = {}  # by slot, the process that waits there for its next run
        handler = type("Handler", (_Handler,), {"api": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> DeviceApi:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Within, whoever asks for a GPU waits."""
        self.open.clear()
        try:
            yield
        finally:
            self.open.set()

    def next_answer(self, query: dict[str, str]) -> Answer:
        with self.lock:
            self.asked.append(query)
            answer = self.answers.pop(0) if self.answers else Lent()
        self.open.wait()
        return answer

    def lend(self, query: dict[str, str], answer: Answer) -> Loan:
        with self.lock:
            taken = {loan.slot for loan in self.loans if loan.failed is None}
            slot = next(slot for slot in range(SLOTS) if slot not in taken)
            idle = slot in self._idle
            loan = Loan(f"token-{len(self.loans)}", slot, int(query["durationSeconds"]), idle, answer)
            self.loans.append(loan)
            if idle:  # who is there already does not ask again
                self._give(loan, self._idle.pop(slot))
        return loan

    def allow(self, token: str, pid: int) -> int:
        with self.lock:
            loan = next(loan for loan in self.loans if loan.token == token)
            self._give(loan, pid)
        if isinstance(loan.answer, Lent) and loan.answer.dies:
            os.kill(pid, signal.SIGKILL)
        return 403 if isinstance(loan.answer, Lent) and loan.answer.refused else 200

    def release(self, token: str, failed: bool) -> int:
        with self.lock:
            loan = next(loan for loan in self.loans if loan.token == token)
            loan.failed = failed
            if not failed and loan.pid is not None:
                self._idle[loan.slot] = loan.pid
        return 200

    def forget_workers(self) -> None:
        """Lend only GPUs without a worker from now on: they are cold."""
        with self.lock:
            self._idle.clear()

    def _give(self, loan: Loan, pid: int) -> None:
        loan.pid, loan.allowed_at = pid, time.monotonic()
        if self.take_back:
            timer = threading.Timer(loan.seconds, self._take_back, [loan])
            timer.daemon = True
            timer.start()

    def _take_back(self, loan: Loan) -> None:
        if loan.failed is None and loan.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(loan.pid, signal.SIGKILL)


class _Handler(BaseHTTPRequestHandler):
    api: DeviceApi
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        place = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(place.query).items()}
        if place.path == "/startup-report":
            self.api.started += 1
            self._send(200)
        elif place.path == "/schedule":
            self._schedule(query, self.api.next_answer(query))
        elif place.path == "/allow":
            self._send(self.api.allow(query["allowToken"], int(query["pid"])))
        elif place.path == "/release":
            self._send(self.api.release(query["allowToken"], query["fail"] == "true"))
        else:
            self._send(404)

    def _schedule(self, query: dict[str, str], answer: Answer) -> None:
        if isinstance(answer, Quota):
            self._send(429, {"left": answer.left, "wait": answer.wait_s})
        elif isinstance(answer, Status):
            self._send(answer.code)
        elif isinstance(answer, Queued):
            self._queue(query, answer)
        else:
            self._send(200, self._lent(query, answer))

    def _queue(self, query: dict[str, str], answer: Queued) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for _ in range(answer.pings):
            self._say("event: ping\n\n")
            time.sleep(0.1)  # the client takes whatever comes at once for one event
        data = json.dumps(self._lent(query, answer)) if answer.ends == "succeeded" else ""
        self._say(f"event: {answer.ends}\n" + (f"data: {data}\n\n" if data else "\n"))
        self.close_connection = True

    def _lent(self, query: dict[str, str], answer: Answer) -> dict[str, Any]:
        loan = self.api.lend(query, answer)
        uuid = f"GPU-{loan.slot}"
        return {"idle": loan.idle, "nvidiaIndex": loan.slot, "nvidiaUUID": uuid, "allowToken": loan.token}

    def _say(self, text: str) -> None:
        with suppress(OSError):
            self.wfile.write(text.encode())
            self.wfile.flush()

    def _send(self, status: int, value: object = None) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: the tests look at what was asked."""
