"""Whom a visitor tells of a picture that should not be shown, with the link that brings it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Literal
from urllib.parse import quote, urlencode

from generation.errors import GenerationError
from generation.public_address import public_address, space_page
from generation.recipe import Recipe
from studio.view import View

Place = Literal["mail", "page", "discussions"]

SUBJECT = "A picture that should not be shown"
TEXT = "This picture:\n{picture}\n\nWhat is wrong with it:\n"
UNNAMED = "(put the link that Share gives here, or the PNG)"
HERE = "https://here.invalid/"  # the page's own address, which only the browser knows; see report.js


@dataclass(frozen=True)
class Reporting:
    """Where reports go: `contact` is an email address or a page, `space` the Space's page on the Hub.

    `page` is the address at which others open the page.
    """

    contact: str | None
    space: str | None
    page: str

    @classmethod
    def of(cls, environ: Mapping[str, str], contact: str | None) -> Reporting:
        """As the environment has it; a contact that is named comes before the Space's discussions."""
        return cls(contact, space_page(environ), public_address(environ, HERE))

    @property
    def place(self) -> Place | None:
        """What kind of place that is; None where nobody is named."""
        if self.contact:
            return "mail" if "@" in self.contact else "page"
        return "discussions" if self.space else None

    def render(self, words: str, recipe: Recipe | None = None) -> str:
        """A link that begins a report, about a picture if one is given; nothing where nobody is named."""
        address = self.address(recipe)
        if address is None:
            return ""
        window = "" if self.place == "mail" else ' target="_blank" rel="noopener"'
        return f'<a class="report" href="{escape(address)}"{window}>{escape(words)}</a>'

    def address(self, recipe: Recipe | None = None) -> str | None:
        """What that link opens: a mail, a discussion or a page; the text of the first two is begun."""
        text = TEXT.format(picture=UNNAMED if recipe is None else self._bring_back(recipe))
        if self.place == "mail":
            return f"mailto:{self.contact}?{_written(subject=SUBJECT, body=text)}"
        if self.place == "discussions":
            return f"{self.space}/discussions/new?{_written(title=SUBJECT, description=text)}"
        return self.contact

    def _bring_back(self, recipe: Recipe) -> str:
        """The recipe's link; the recipe itself where no link can hold it."""
        try:
            return View().to_link(recipe, self.page)
        except GenerationError:
            return recipe.to_json()


def _written(**parts: str) -> str:
    return urlencode(parts, quote_via=quote, safe="")
