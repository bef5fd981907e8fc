"""The history as a visitor sees it: a card an entry, with its portraits as long as they are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from generation.events import Arm
from studio.history.entry import Entry
from studio.history.pictures import Pictures
from studio.history.words import (
    describe_seconds,
    describe_settings,
    describe_time,
    recipe_link,
    render_pair,
)
from studio.render import render_note

SHOWN = 12
EMPTY = "Nothing yet. What is made here or on Explore is listed in this browser alone."


def render_history(entries: Sequence[Entry], pictures: Pictures, shown: int = SHOWN) -> str:
    """The first entries, and a button that shows more of them."""
    if not entries:
        return render_note(EMPTY)
    cards = "".join(_card(entry, pictures) for entry in entries[:shown])
    rest = len(entries) - shown
    more = f'<button type="button" class="more">Show {min(rest, SHOWN)} more</button>'
    return f'<ul class="history-cards">{cards}</ul>{more if rest > 0 else ""}'


def _card(entry: Entry, pictures: Pictures) -> str:
    files = pictures.of(entry)
    recipe = entry.recipe
    facts = [recipe.spec.title, *describe_settings(recipe), describe_seconds(entry.seconds)]
    # Explore makes its prompts of a choice: what somebody wrote is made beside it.
    place = "explore" if files or recipe.selection else "models"
    reopen = "Reopen" if files else f"Make again in {place.capitalize()}"
    return (
        f"<li>{_portraits(entry, files, pictures)}"
        f'<p class="said" lang="en" title="{escape(recipe.prompt)}">{escape(recipe.prompt)}</p>'
        f'<p class="note">{escape(" · ".join(facts))}<br>{describe_time(entry.made_s)}</p>'
        f'<p class="acts"><a href="?{escape(recipe_link(recipe, place))}" data-view>{reopen}</a>'
        f'<button type="button" data-forgets="{entry.result}" '
        f'aria-label="Delete from the history: {escape(recipe.prompt)}">Delete</button></p></li>'
    )


def _portraits(entry: Entry, files: Mapping[Arm, Path], pictures: Pictures) -> str:
    if not files:
        return (
            '<div class="gone"><p>These portraits are not kept any more.</p>'
            "<p>Their recipe is: the same can be made again.</p></div>"
        )
    return render_pair(
        entry.recipe, {arm: pictures.thumbnail(file) for arm, file in files.items()}, lazy=True
    )
