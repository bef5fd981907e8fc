"""What a chat or a search engine shows of a link to the page; Gradio's document tells of Gradio."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

from studio.first_visit.header import TITLE

DESCRIPTION = (
    "One prompt, one starting noise, two portraits: a model as it is, and the same model with an adapter. "
    "All portraits are AI-generated."
)
_OF_GRADIO = re.compile(r'<meta\s+(?:property="og:|name="twitter:)[^>]*>\s*')
_CHARSET = '<meta charset="utf-8" />'


def with_preview(head: str, say: Callable[[str], str]) -> str:
    """A document's head with the page's own title and description, as `say` says them."""
    title, description = escape(say(TITLE)), escape(say(DESCRIPTION))
    ours = (
        f'<meta name="description" content="{description}" />'
        f'<meta property="og:title" content="{title}" /><meta property="og:type" content="website" />'
        f'<meta property="og:description" content="{description}" />'
        '<meta name="twitter:card" content="summary" />'
    )
    return _OF_GRADIO.sub("", head).replace(_CHARSET, _CHARSET + ours, 1)
