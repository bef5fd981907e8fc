"""Where nothing matches: what to let go of, and how many images that gains."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape
from typing import Any

from prompt_engine.attributes import attribute
from prompt_engine.facets import MatchCount
from prompt_engine.prompt_sampler import Counter
from studio.render import render_note
from studio.view import View

NOTHING = "No CelebA image carries all of these attributes."
NOTHING_COUNTED = "No CelebA image that the filters let through carries all of these attributes."
NO_SINGLE_ONE = "No single change is enough."
FILTERS = "the filters"
_MOST = 4  # ways told


@dataclass(frozen=True)
class Drop:
    """A view that asks for less, in words, and how many images match it."""

    words: str  # after "Drop"
    view: View
    count: MatchCount


def find_drops(view: View, counter: Counter) -> list[Drop]:
    """Every single thing to let go of that gains images: the filters, then what gains the most."""
    found = [Drop(words, less, counter.match_count(less.query)) for words, less in _less(view)]
    gaining = [drop for drop in found if drop.count.images]
    return sorted(gaining, key=lambda drop: (drop.words != FILTERS, -drop.count.images))


def render_drops(drops: list[Drop]) -> str:
    """Links that do what they say."""
    ways = "".join(f"<li>{_link(drop)}</li>" for drop in drops[:_MOST])
    return f'<ul class="drops">{ways}</ul>' if ways else render_note(NO_SINGLE_ONE)


def _less(view: View) -> Iterator[tuple[str, View]]:
    for field in ("wanted", "unwanted"):
        labels = getattr(view, field)
        for label in labels:
            title = attribute(label).title
            words = title.lower() if field == "wanted" else f"without {title.lower()}"
            fewer: dict[str, Any] = {field: tuple(each for each in labels if each != label)}
            yield words, replace(view, **fewer)
    if view.within.filtered:
        yield FILTERS, replace(view, split=None, blurry="out", strict=False)


def _link(drop: Drop) -> str:
    found = "image matches" if drop.count.images == 1 else "images match"
    bound = "" if drop.count.exact else "at most "
    return (
        f'<a href="?{escape(drop.view.to_address())}" data-view>Drop <em>{escape(drop.words)}</em></a>: '
        f"{bound}{drop.count.images:,} {found}"
    )
