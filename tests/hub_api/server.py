"""The Hub's API on this machine, as far as its client uses it here: repositories, Spaces, jobs, buckets."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.hub_api.answers import Answer, Refusal, refuse
from tests.hub_api.jobs import Bucket, Job
from tests.hub_api.repositories import Files, Repository
from tests.hub_api.routes import ROUTES
from tests.hub_api.spaces import Space
from tests.prompt_engine.faces.hub_server import Faults, _Server


@dataclass(frozen=True)
class Account:
    """Whom a token stands for, and whether it may write."""

    name: str
    role: str = "write"
    organisations: tuple[str, ...] = ()
    zerogpu: bool = True  # whether its Spaces may borrow GPUs


@dataclass(frozen=True)
class Request:
    """One request, taken apart."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: Any
    body: bytes
    account: Account | None
    endpoint: str


@dataclass
class HubApi:
    """A Hub; a context manager. `asked` holds the method and path of every request.

    `sent_bytes` counts what was sent of files.
    """

    tokens: dict[str, Account] = field(default_factory=lambda: {"hf_writer": Account("ada")})
    repositories: dict[str, Repository] = field(default_factory=dict)
    spaces: dict[str, Space] = field(default_factory=dict)
    host: str | None = None  # where the app of every new Space is served
    large_files: Files = field(default_factory=dict)
    buckets: dict[str, Bucket] = field(default_factory=dict)
    jobs: list[Job] = field(default_factory=list)
    faults: Faults | None = None
    asked: list[str] = field(default_factory=list)
    sent_bytes: int = 0

    def __post_init__(self) -> None:
        self.lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": self}))

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> HubApi:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def count(self, pattern: str) -> int:
        """How many requests matched."""
        return sum(bool(re.search(pattern, each)) for each in self.asked)

    def answer(self, request: Request) -> Answer:
        """What the Hub says to a request."""
        for method, pattern, handle in ROUTES:
            match = re.fullmatch(pattern, request.path)
            if match and request.method in method.split("|"):
                return handle(self, request, *(unquote(part) for part in match.groups()))
        return refuse(404, "EntryNotFound")


class _Handler(BaseHTTPRequestHandler):
    hub: HubApi
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None: ...

    def do_GET(self) -> None:
        self._answer()

    do_HEAD = do_POST = do_PUT = do_GET

    def _answer(self) -> None:
        hub, request = self.hub, self._request()
        with hub.lock:
            hub.asked.append(f"{request.method} {unquote(request.path)}")
            fault = hub.faults if hub.faults and hub.faults.hit(hub.asked[-1]) else None
            try:
                answer = self._fault(fault) or hub.answer(request)
            except Refusal as refusal:
                answer = refusal.answer
        self._send(answer, fault.cut_after if fault else None)

    def _fault(self, fault: Faults | None) -> Answer | None:
        if fault is None or fault.status is None:
            return None
        return Answer(fault.status, b"{}", dict(fault.headers))

    def _request(self) -> Request:
        url = urlsplit(self.path)
        token = (self.headers.get("authorization") or "").removeprefix("Bearer ")
        return Request(
            self.command,
            url.path,
            parse_qs(url.query),
            self.headers,
            self._body(),
            self.hub.tokens.get(token),
            self.hub.endpoint,
        )

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while size := int(self.rfile.readline(), 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _send(self, answer: Answer, cut_after: int | None) -> None:
        self.send_response(answer.status)
        for key, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
            self.send_header(key, value)
        try:
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body[:cut_after])
            self.close_connection |= cut_after is not None
        except OSError:
            self.close_connection = True
