"""Puts the words of HTML into a language: what stands between the tags, and what some attributes say."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape, unescape

Say = Callable[[str], str]

_TAG = re.compile(r"(<!--.*?-->|<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>)", re.DOTALL)
_NAME = re.compile(r"<(/?)([a-zA-Z][\w-]*)")
# Said by a screen reader, shown on hover, or written by a style sheet.
_SAID = re.compile(
    r"""(?<=[\s"'])((?:aria-(?:label|valuetext|description)|alt|title|placeholder|data-head)=)("[^"]*"|'[^']*')"""
)
_LEFT = {"code", "pre", "script", "style", "textarea", "svg", "kbd"}
_EMPTY = {"img", "br", "hr", "input", "col", "wbr", "source", "meta", "link", "rect", "path", "polyline"}


def say_markup(html: str, say: Say) -> str:
    """HTML with its words said by `say`; code, and what is marked with `lang` as of a language, stays."""
    pieces = _TAG.split(html)
    left: list[str] = []  # the tags that are open, from one on of which nothing is said
    for place, piece in enumerate(pieces):
        if place % 2 == 0:
            pieces[place] = piece if left or not piece.strip() else escape(say(unescape(piece)), quote=False)
        else:
            # The words of a drawing are its description.
            pieces[place] = piece if left else _SAID.sub(lambda found: _say_attribute(found, say), piece)
            _follow(piece, left)
    return "".join(pieces)


def _follow(tag: str, left: list[str]) -> None:
    """Opens and closes, once in a part that is left as it is."""
    found = _NAME.match(tag)
    if found is None or (name := found[2].lower()) in _EMPTY:
        return
    if found[1]:
        if left and left[-1] == name:
            left.pop()
    elif left or name in _LEFT or " lang=" in tag:
        left.append(name)


def _say_attribute(found: re.Match[str], say: Say) -> str:
    quote = found[2][0]
    return f"{found[1]}{quote}{escape(say(unescape(found[2][1:-1])))}{quote}"


def say_markdown(text: str, say: Say) -> str:
    """Markdown, paragraph by paragraph: its lines are joined, lists and HTML are taken as they stand."""
    return "\n\n".join(_say_paragraph(each, say) for each in text.split("\n\n"))


def _say_paragraph(paragraph: str, say: Say) -> str:
    if paragraph.lstrip().startswith("<"):
        return say_markup(paragraph, say)
    hashes, _, title = paragraph.partition(" ")
    if hashes and not hashes.strip("#"):
        return f"{hashes} {say(title)}"
    return say(" ".join(paragraph.split()))
