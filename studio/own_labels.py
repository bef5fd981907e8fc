"""CelebA's own labels, one click away from what the page calls them."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from prompt_engine.attributes import ATTRIBUTES, attribute
from prompt_engine.selection import Selection
from studio.titles import GENDER_TITLES

TITLE = "CelebA’s own labels"
OF_GENDERS = {"male": "Male", "female": "not Male"}  # one label for both


def render_own_labels(selection: Selection) -> str:
    """What CelebA calls each part of a choice."""
    rows = [(GENDER_TITLES[selection.gender], OF_GENDERS[selection.gender])]
    rows += [(attribute(label).title, label) for label in selection.wanted]
    rows += [(f"Without {_lower(attribute(label).title)}", f"not {label}") for label in selection.unwanted]
    return _render_fold(rows)


def render_renamed_labels() -> str:
    """All labels that the page calls otherwise."""
    return _render_fold((each.title, each.label) for each in ATTRIBUTES if is_renamed(each.label))


def is_renamed(label: str) -> bool:
    """Whether the page calls a label otherwise than in its own words."""
    return attribute(label).title.casefold() != label.replace("_", " ").casefold()


def _render_fold(rows: Iterable[tuple[str, str]]) -> str:
    items = "".join(f"<li>{escape(title)}: <code>{escape(label)}</code></li>" for title, label in rows)
    return f'<details class="own-labels note"><summary>{TITLE}</summary><ul>{items}</ul></details>'


def _lower(title: str) -> str:
    return title[0].lower() + title[1:]
