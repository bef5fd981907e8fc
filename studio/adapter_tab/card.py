"""An adapter's card as HTML: a stranger's Markdown, of which no script, style or picture gets through."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

from markdown_it import MarkdownIt
from markdown_it.token import Token

LONGEST = 60_000  # characters
CUT = "\n\n*The card goes on; the rest of it is on the Hub.*\n"
_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\r?\n.*?^---[ \t]*$", re.DOTALL | re.MULTILINE)
_ABSOLUTE = re.compile(r"https?://", re.IGNORECASE)
_PATH = re.compile(r"(?!/)[^:?#\\]+(#.*)?")
_HEADING_SHIFT = 2  # the page's own title and the section's are above
_SILENT = frozenset(("script", "style", "template", "noscript", "svg", "math", "title"))


def render_card_file(path: Path, files_page: str | None) -> str:
    """The card as HTML; `files_page` is what paths in its repository are put behind, None for no links."""
    text = path.read_text(encoding="utf-8", errors="replace")
    return render_card(text, files_page)


def render_card(text: str, files_page: str | None = None) -> str:
    """As `render_card_file`, of Markdown text."""
    body = _FRONT_MATTER.sub("", text, count=1)
    body = body if len(body) <= LONGEST else body[:LONGEST] + CUT
    # With `html`, tags are told from text, and dropped below; without, they would be shown as text.
    markdown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    tokens = markdown.parse(body)
    return markdown.renderer.render(_made_safe(tokens, files_page), markdown.options, {})


def _made_safe(tokens: Sequence[Token], files_page: str | None) -> list[Token]:
    found = []
    for token in tokens:
        if token.type == "html_block":
            token = _text("text", _words_of(token.content))
        elif token.type == "html_inline":
            continue
        elif token.type == "image":
            token = _text("code_inline", f"picture: {token.content or 'without a name'}")
        elif token.type == "link_open":
            token.attrs = _link(str(token.attrGet("href") or ""), files_page)
        elif token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + _HEADING_SHIFT)}"
        if token.children:
            token.children = _made_safe(token.children, files_page)
        found.append(token)
    return found


def _text(kind: str, content: str) -> Token:
    return Token(kind, "code" if kind == "code_inline" else "", 0, content=content)


def _link(href: str, files_page: str | None) -> dict[str, str | int | float]:
    """The attributes of a link that leads out of the page; of any other none, so that it is plain text."""
    if files_page and not _ABSOLUTE.match(href) and _PATH.fullmatch(href) and ".." not in href:
        href = files_page + quote(href.removeprefix("./"), safe="/%#")
    if not _ABSOLUTE.match(href):
        return {}
    return {"href": href, "rel": "noopener noreferrer nofollow", "target": "_blank"}


def _words_of(html: str) -> str:
    words = _Words()
    words.feed(html)
    words.close()
    return " ".join(" ".join(words.found).split())


class _Words(HTMLParser):
    """The words between tags, without what browsers would not show as words."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in _SILENT

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in _SILENT))

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.found.append(data)
