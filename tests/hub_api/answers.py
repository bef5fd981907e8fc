"""What the Hub answers with."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Answer:
    """A status, a body, headers."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """Ends a request with an answer."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__(answer.status)


def say(content: Any, status: int = 200) -> Answer:
    """JSON."""
    return Answer(status, json.dumps(content).encode(), {"Content-Type": "application/json"})


def refuse(status: int, code: str = "", message: str = "") -> Answer:
    """An error, with the headers by which the client tells errors apart."""
    headers = {"X-Error-Code": code, "X-Error-Message": message}
    body = json.dumps({"error": message or code}).encode()
    return Answer(status, body, {key: value for key, value in headers.items() if value})
