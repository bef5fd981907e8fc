"""The catalogue as a table: searched, sorted, a page at a time; each row a link that explores it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from html import escape
from typing import Any

from prompt_engine.attributes import attribute
from prompt_engine.catalogue import Triple
from prompt_engine.prompt_filter import Assessed
from prompt_engine.query import Query
from prompt_engine.realiser import realise
from prompt_engine.relations import Lift
from prompt_engine.selection import Selection
from studio.dataset.numbers import lift_and_bounds
from studio.titles import GENDER_TITLES
from studio.view import View

PAGE_ROWS = 25
_MOST_PAGES = 10_000
_MOST_CHARACTERS = 200  # of a search, as in an address: each word is looked for in every row
_ORDERS = ("ascending", "descending")


@cache
def said(gender: str, labels: Triple) -> tuple[str, str]:
    """The sentence of a prompt, and all that a search looks at."""
    sentence = realise(Selection(gender, labels))
    titles = " ".join(attribute(label).title for label in labels)
    return sentence, f" {sentence} {' '.join(labels)} {titles}".casefold()


@dataclass(frozen=True)
class Wanted:
    """Which rows are asked for; each of `words` begins a word of the sentence, the labels or the reason."""

    words: tuple[str, ...] = ()
    which: str = "all"
    gender: str | None = None

    @classmethod
    def typed(cls, text: str, which: str, gender: str | None) -> Wanted:
        """What a visitor asks for; `text` may be anything, of any length."""
        words = dict.fromkeys(text[:_MOST_CHARACTERS].casefold().split())
        return cls(tuple(words), which, gender)

    def has(self, each: Assessed) -> bool:
        """Whether a row is one of them."""
        if self.gender not in (None, each.row.gender):
            return False
        if self.which != "all" and each.kept != (self.which == "kept"):
            return False
        if not self.words:
            return True
        text = f"{said(each.row.gender, each.row.labels)[1]} {' '.join(each.reasons)}".casefold()
        return all(f" {word}" in text for word in self.words)


@dataclass(frozen=True)
class Page:
    """How the rows are ordered, and which of them are shown: the number of the page counts from 0."""

    column: str = "images"
    descending: bool = True
    number: int = 0

    @classmethod
    def read(cls, text: str) -> Page:
        """What `written` gives; the first page as it is, for any other text."""
        column, _, rest = text.partition(",")
        order, _, number = rest.partition(",")
        if column not in COLUMNS or order not in _ORDERS or not (number.isascii() and number.isdigit()):
            return cls()
        return cls(column, order == _ORDERS[True], min(int(number), _MOST_PAGES))

    @property
    def written(self) -> str:
        """Such as "images,descending,3"; nothing for the page that is shown first."""
        return "" if self == Page() else f"{self.column},{_ORDERS[self.descending]},{self.number}"

    def sorted_by(self, column: str) -> Page:
        """The first page by a column, most images first; by the same once more, the other way round."""
        return Page(column, not self.descending if column == self.column else column == "images")


@dataclass(frozen=True)
class _Column:
    title: str
    key: Callable[[Assessed], Any]


COLUMNS: Mapping[str, _Column] = {
    "prompt": _Column("Prompt", lambda each: said(each.row.gender, each.row.labels)[0]),
    "gender": _Column("Gender", lambda each: each.row.gender),
    "images": _Column("Images", lambda each: each.row.count),
    "lift": _Column("Lift", lambda each: -1.0 if each.occurrence.expected == 0 else each.occurrence.lift),
    "verdict": _Column("Kept or why not", lambda each: each.reasons),
}


def find_rows(judged: Sequence[Assessed], wanted: Wanted, page: Page) -> list[Assessed]:
    """The rows that are asked for, in their order."""
    found = [each for each in judged if wanted.has(each)]
    return sorted(found, key=COLUMNS[page.column].key, reverse=page.descending)


def render_rows(found: Sequence[Assessed], page: Page, within: Query, words: str = "") -> str:
    """One page of the rows that were found by these words, with what sorts and turns pages."""
    first = min(page.number * PAGE_ROWS, max(0, len(found) - 1) // PAGE_ROWS * PAGE_ROWS)
    rows = found[first : first + PAGE_ROWS]
    heads = "".join(_head(name, column.title, page) for name, column in COLUMNS.items())
    lines = "".join(_row(each, within) for each in rows)
    body = lines or f'<tr><td colspan="{len(COLUMNS)}">No prompt is like that.</td></tr>'
    return (
        f'<table class="prompts" data-words="{escape(words)}">'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
        f"{_pager(page, first, len(rows), len(found))}"
    )


def render_lift(occurrence: Lift) -> str:
    """ "0.13 (0.12–0.14)", or that none is expected."""
    if occurrence.expected == 0:
        return "none expected"
    lift, bounds = lift_and_bounds(occurrence)
    return f"{lift} <small>({bounds})</small>"


def _head(name: str, title: str, page: Page) -> str:
    sorting = _ORDERS[page.descending] if name == page.column else "none"
    return (
        f'<th scope="col" class="{name}" aria-sort="{sorting}">'
        f'<button type="button" data-asks="{page.sorted_by(name).written}">{title}</button></th>'
    )


def _row(each: Assessed, within: Query) -> str:
    row = each.row
    reasons = "; ".join(each.reasons)
    verdict = (
        f'<td class="verdict dropped">{escape(reasons)}</td>' if reasons else '<td class="verdict">kept</td>'
    )
    return (
        f'<tr><th scope="row" class="prompt">{_link(each, within)}</th>'
        f'<td class="gender">{GENDER_TITLES[row.gender]}</td><td class="images">{row.count:,}</td>'
        f'<td class="lift">{render_lift(each.occurrence)}</td>{verdict}</tr>'
    )


def _link(each: Assessed, within: Query) -> str:
    row = each.row
    view = View(row.gender, row.labels, split=within.split, blurry=within.blurry, strict=within.strict)
    sentence = said(row.gender, row.labels)[0]
    return (
        f'<a href="?{escape(view.to_address())}" data-view title="Explore this prompt">'
        f'<span lang="en">{escape(sentence)}</span></a>'
    )


def _pager(page: Page, first: int, shown: int, found: int) -> str:
    number = first // PAGE_ROWS
    buttons = "".join(
        f'<button type="button" data-asks="{replace(page, number=max(0, asked)).written}" '
        f"{'' if possible else 'disabled'}>{title}</button>"
        for title, asked, possible in (
            ("Previous", number - 1, first > 0),
            ("Next", number + 1, first + shown < found),
        )
    )
    said_rows = f"{first + 1:,} to {first + shown:,} of {found:,} prompts" if found else "0 prompts"
    return f'<p class="pager"><span role="status">{said_rows}</span>{buttons}</p>'
