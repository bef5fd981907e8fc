"""Asks an app over HTTP as a program would that means no good, and looks at each answer."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.hostile.values import FUZZING

# On a machine of its own an answer takes a tenth of that; of tests that share one nobody knows.
PATIENCE_S = 2 if FUZZING else 15
MAKING_S = 60  # where portraits are made
SIGNS = ("Traceback (most", 'File "/', "site-packages")


@dataclass
class Asking:
    """An app and what it says of itself."""

    url: str
    client: httpx.Client = field(init=False)
    config: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.client = httpx.Client(base_url=self.url, timeout=MAKING_S)
        self.config = self.client.get("/config").json()
        self.values = {each["id"]: each["props"].get("value") for each in self.config["components"]}

    @property
    def handlers(self) -> list[dict[str, Any]]:
        """Every function of the page and of the endpoints that runs on the server."""
        return [each for each in self.config["dependencies"] if each["backend_fn"]]

    def send(self, way: str, path: str, body: Any = None, **options: Any) -> httpx.Response:
        """Ask, and check what is true of every answer; `body` is sent as JSON, as wrong as it is."""
        if body is not None:
            options["content"] = body if isinstance(body, bytes) else json.dumps(body).encode()
            options.setdefault("headers", {"Content-Type": "application/json"})
        began = time.monotonic()
        answer = self.client.request(way, path, **options)
        check(answer, time.monotonic() - began)
        return answer

    def call(self, handler: Mapping[str, Any], data: list[Any], session: str) -> str:
        """Call a function as the page does, and wait for its end; gives what was answered."""
        body = {"data": data, "fn_index": handler["id"], "session_hash": session}
        if handler["queue"] is False:
            return self.send("POST", "/gradio_api/run/predict", body).text
        joined = self.send("POST", "/gradio_api/queue/join", body)
        return joined.text if joined.status_code != 200 else self._finished(session)

    def _finished(self, session: str) -> str:
        answer = self.client.get("/gradio_api/queue/data", params={"session_hash": session})
        check(answer, 0)
        assert '"process_completed"' in answer.text, answer.text[:500]
        return answer.text


def check(answer: httpx.Response, seconds: float) -> None:
    """No answer is a failure of the server, tells its inside, is endless or lets itself be waited for."""
    asked = f"{answer.request.method} {str(answer.request.url)[:200]}"
    told = answer.text if "image" not in answer.headers.get("content-type", "") else ""
    assert answer.status_code < 500, f"{asked}: {answer.status_code} {told[:500]}"
    assert seconds < PATIENCE_S, f"{asked}: {seconds:.1f} s"
    if answer.status_code != 200 or "json" in answer.headers.get("content-type", ""):
        found = [sign for sign in SIGNS if sign in told]
        assert not found, f"{asked}: {found} in {told[:500]}"
    if answer.status_code >= 400:
        assert len(told) < 5_000, f"{asked}: {len(told):,} characters to say no"
