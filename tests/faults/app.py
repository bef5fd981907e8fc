"""An app that is treated badly: started as a person would, asked by real clients."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from gradio_client import Client

from generation.events import ARMS, Arm

STEPS = 4
SELECTION: Mapping[str, Any] = {"gender": "female", "attributes": ["Smiling"], "steps": STEPS}
LOST = ("Error", "Traceback", "Errno", "/tmp", "/work")  # what no visitor should have to read


def open_client(url: str, downloads: Path) -> Client:
    """A client of the app, with connections of its own."""
    return Client(url, verbose=False, download_files=str(downloads), analytics_enabled=False)


def compare(client: Client, seed: int, **named: Any) -> Mapping[Arm, bytes]:
    """The portraits of a seed, as the files that were given.

    Raises:
        Exception: they were refused; its text is what the visitor reads.
    """
    *files, _ = client.predict(**SELECTION, seed=seed, **named, api_name="/compare")
    return {arm: Path(file).read_bytes() for arm, file in zip(ARMS, files, strict=True)}


def health(url: str) -> tuple[int, Mapping[str, Any]]:
    """The status, and what `/health` reports."""
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=30) as answer:
            return answer.status, json.load(answer)
    except HTTPError as refused:
        return refused.code, json.load(refused)


def is_sentence(text: str) -> bool:
    """Whether a visitor can read it."""
    return (
        text[:1].isupper() and text.rstrip().endswith((".", "?")) and not any(each in text for each in LOST)
    )
