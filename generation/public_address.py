"""The address at which others open the page: a link to this machine would lead them to their own."""

from __future__ import annotations

import re
from collections.abc import Mapping

_SPACE = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9_][\w.-]*", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9.-]+")


def public_address(environ: Mapping[str, str], served: str) -> str:
    """On a Space its page on the Hub, anywhere else the address at which the page is `served`.

    The page on the Hub hands what is after the question mark on, and knows who is signed in; the Space's own
    host does not. Source: huggingface.co/docs/hub/spaces-handle-url-parameters.
    """
    host = environ.get("SPACE_HOST", "")
    return space_page(environ) or (f"https://{host}/" if _HOST.fullmatch(host) else served)


def space_page(environ: Mapping[str, str]) -> str | None:
    """On a Space its page on the Hub, anywhere else None."""
    space = environ.get("SPACE_ID", "")
    return f"https://huggingface.co/spaces/{space}" if _SPACE.fullmatch(space) else None
