"""How long the Hub is waited for: its client, unless told, waits for ever, and others wait with it."""

from __future__ import annotations

from functools import cache
from typing import Any

SILENCE_S = 6.0  # the longest that the Hub may say nothing


@cache
def limit_waiting() -> None:
    """Have the Hub's client of this process give up on a Hub that says nothing."""
    from huggingface_hub import set_client_factory
    from huggingface_hub.utils import _http

    def impatient() -> Any:
        client = _http.default_client_factory()
        hooks = client.event_hooks
        client.event_hooks = {**hooks, "request": [*hooks.get("request", []), _limit]}
        return client

    set_client_factory(impatient)


def _limit(request: Any) -> None:
    # The client's own limit would not do: most of its calls ask for none.
    asked = request.extensions.get("timeout", {})
    limits = {name: asked.get(name) or SILENCE_S for name in ("connect", "read", "write", "pool")}
    request.extensions = {**request.extensions, "timeout": limits}
