"""A small Hub on this machine: one dataset of drawn portraits, counted requests, and faults on demand."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass(frozen=True)
class Asked:
    """One request for a part of a file: bytes `start` to just before `stop`."""

    path: str
    start: int
    stop: int
    authorised: bool


@dataclass
class Faults:
    """What goes wrong, and for which requests: all whose path matches `where`."""

    where: str = "."
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0  # before every answer
    cut_after: int | None = None  # bytes of the body, then the connection is closed
    drip: bool = False  # a byte at a time
    garbage: bool = False  # something else, of the right length
    times: int = 1_000_000  # then all is well again

    def hit(self, path: str) -> bool:
        if not re.search(self.where, path) or self.times <= 0:
            return False
        self.times -= 1
        return True


class HubServer:
    """Serves `files` as the dataset `name`; a context manager."""

    def __init__(self, name: str, files: Mapping[str, bytes], card: Mapping[str, Any] | None = None) -> None:
        self.name, self.files, self.card = name, dict(files), card
        self.commit = COMMIT
        self.token: str | None = None  # needed to read anything
        self.faults: Faults | None = None
        self.api_calls = 0
        self.asked: list[Asked] = []
        self.stored: list[Asked] = []  # asked of the store that the Hub sends to
        self.lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": self}))
        self.port = self._server.server_address[1]
        self.store = f"http://localhost:{self.port}"  # another host than the Hub's, to the client

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def received(self) -> int:
        """Bytes of files that were sent."""
        return sum(each.stop - each.start for each in self.stored)

    def forget(self) -> None:
        self.asked.clear()
        self.stored.clear()
        self.api_calls = 0

    def __enter__(self) -> HubServer:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.die()

    def die(self) -> None:
        """Answer nothing any more, also on connections that are open."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # the client asks for much at once

    def __init__(self, *settings: Any) -> None:
        super().__init__(*settings)
        self._open: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        super().server_close()
        for each in list(self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    hub: HubServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None: ...

    def do_GET(self) -> None:
        hub, path = self.hub, unquote(urlsplit(self.path).path)
        with hub.lock:
            fault = hub.faults if hub.faults and hub.faults.hit(path) else None
        if fault is not None:
            time.sleep(fault.delay_s)
            if fault.status is not None:
                return self._send(fault.status, b"{}", fault.headers, None)
        if path.startswith("/api/datasets/"):
            return self._api(path.removeprefix("/api/datasets/"), fault)
        if path.startswith("/store/"):
            return self._part(path.removeprefix("/store/"), hub.stored, fault)
        return self._resolve(path, fault)

    def _api(self, path: str, fault: Faults | None) -> None:
        self.hub.api_calls += 1
        name, _, revision = path.partition("/revision/")
        if refusal := self._refusal(name):
            return self._send(*refusal, fault)
        if revision not in ("", "main", self.hub.commit):
            return self._send(404, b"{}", {"X-Error-Code": "RevisionNotFound"}, fault)
        siblings = [{"rfilename": each, "size": len(data)} for each, data in self.hub.files.items()]
        info = {"id": name, "sha": self.hub.commit, "siblings": siblings, "cardData": self.hub.card}
        return self._send(200, json.dumps(info).encode(), {"Content-Type": "application/json"}, fault)

    def _resolve(self, path: str, fault: Faults | None) -> None:
        """As on the Hub: the file lies on another host, at an address that says all."""
        name, _, place = path.removeprefix("/datasets/").partition("/resolve/")
        commit, _, file = place.partition("/")
        refusal = self._refusal(name)
        if not refusal and (commit != self.hub.commit or file not in self.hub.files):
            refusal = (404, b"{}", {"X-Error-Code": "EntryNotFound"})
        if refusal:
            return self._send(*refusal, fault)
        start, stop = self._range()
        self.hub.asked.append(Asked(file, start, stop, "authorization" in self.headers))
        store = f"{self.hub.store}/store/{file.replace('+', '%2B')}?signed=1"
        return self._send(302, b"", {"Location": store}, fault)

    def _part(self, file: str, log: list[Asked], fault: Faults | None) -> None:
        data = self.hub.files[file]
        start, stop = self._range()
        stop = min(stop, len(data))
        log.append(Asked(file, start, stop, "authorization" in self.headers))
        headers = {"Content-Range": f"bytes {start}-{stop - 1}/{len(data)}"}
        body = data[start:stop]
        if fault is not None and fault.garbage:
            body = b"\x5a" * len(body)
        self._send(206, body, headers, fault)

    def _refusal(self, name: str) -> tuple[int, bytes, dict[str, str]] | None:
        if name != self.hub.name:
            return 404, b"{}", {"X-Error-Code": "RepoNotFound"}
        if self.hub.token and self.headers.get("authorization") != f"Bearer {self.hub.token}":
            return 401, b"{}", {"X-Error-Code": "GatedRepo"}
        return None

    def _range(self) -> tuple[int, int]:
        first, last = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers["Range"]).groups()  # type: ignore[union-attr]
        return int(first), int(last) + 1

    def _send(self, status: int, body: bytes, headers: Mapping[str, str], fault: Faults | None) -> None:
        self.send_response(status)
        for key, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(key, value)
        try:
            self.end_headers()
            if fault is not None and fault.cut_after is not None:
                self.wfile.write(body[: fault.cut_after])
                self.close_connection = True
            elif fault is not None and fault.drip:
                for place in range(len(body)):
                    self.wfile.write(body[place : place + 1])
                    self.wfile.flush()
                    time.sleep(0.02)
            else:
                self.wfile.write(body)
        except OSError:
            self.close_connection = True
