"""How listeners are wired, and where the page's scripts come from."""

from __future__ import annotations

from typing import Any

from studio.settings import REPOSITORY

STATIC = REPOSITORY / "studio" / "static"
PRIVATE: dict[str, Any] = {"fn": None, "api_visibility": "private"}  # what happens in the browser alone
UNQUEUED: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
# What shows the state of the page: while a call is under way, further ones become one that follows it. That
# one takes what the components hold then, but the event data of the first: clicks go through components.
LATEST: dict[str, Any] = {**UNQUEUED, "trigger_mode": "always_last"}


def read_script(name: str) -> str:
    """A script by its name; for HTML, the body of a function that gets `element` and `trigger`."""
    return (STATIC / f"{name}.js").read_text(encoding="utf-8")
