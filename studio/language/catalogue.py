"""The sentences of another language, by the English ones, with names in braces for what changes in them.

`{images:n}` stands for a number, `{option:t}` for a term that the catalogue has too, `{name}` for anything:
what the catalogue has of it is said in the language, the rest stays, as a prompt does. One and many are
two sentences, as in English.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from studio.language.markup import say_markup
from studio.language.numbers import NUMBER, grouped, is_figure, with_units

FOLDER = Path(__file__).parent
_FIELD = re.compile(r"\{(\w+)(:[nt])?\}")
_SENTENCES = re.compile(r"(?<=[.!?…]) (?=[^a-z])")
NO_BREAK, NARROW = "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"
_REMEMBERED = 20_000  # texts; the page has some thousands


@dataclass(frozen=True)
class _Pattern:
    """A sentence with what changes in it, as it is found and as it is said."""

    found: re.Pattern[str]
    said: str
    literal: str  # the longest piece that does not change
    terms: tuple[str, ...]  # which of its fields

    @classmethod
    def of(cls, english: str, said: str) -> _Pattern:
        pieces = _FIELD.split(english)
        literals = pieces[::3]
        written = re.escape(literals[0])
        for name, kind, literal in zip(pieces[1::3], pieces[2::3], literals[1:], strict=True):
            value = NUMBER if kind == ":n" else ".+?"
            written += f"(?P<{name}>{value}){re.escape(literal)}"
        terms = tuple(name for name, kind in zip(pieces[1::3], pieces[2::3], strict=True) if kind == ":t")
        return cls(re.compile(written, re.DOTALL), said, max(literals, key=len), terms)


class Catalogue:
    """What is said in one language."""

    def __init__(self, sentences: Mapping[str, str]) -> None:
        self._written = sentences
        self._whole = {english: said for english, said in sentences.items() if not _FIELD.search(english)}
        changing = [each for each in sentences.items() if each[0] not in self._whole]
        # The one that says most itself comes first: "{a}, {b}" would take everything.
        self._patterns = [_Pattern.of(*each) for each in sorted(changing, key=_said_itself, reverse=True)]
        self.say = lru_cache(_REMEMBERED)(self._say)

    def sentence(self, key: str) -> str:
        """What is said for a sentence as it is written, with its fields."""
        return self._written.get(key, key)

    def knows(self, term: str) -> bool:
        """Whether the catalogue has a term, as it is or with a capital."""
        return term in self._whole or capitalised(term) in self._whole

    def _say(self, text: str) -> str:
        """A text in this language, with the white space around it; what the catalogue lacks stays English."""
        bare = text.strip(" \n\t")
        if not bare:
            return text
        before, _, after = text.partition(bare)
        return f"{before}{self._said(bare)}{after}"

    def _said(self, text: str) -> str:
        if is_figure(text):
            return grouped(text)
        if text.startswith("<"):
            return say_markup(text, self.say)
        return self._sentence(text) or self._parts(text) or text

    def _sentence(self, text: str) -> str | None:
        text = text.replace(NARROW, " ").replace(NO_BREAK, " ")
        if text in self._whole:
            return self._whole[text]
        for pattern in self._patterns:
            if pattern.literal not in text or (found := pattern.found.fullmatch(text)) is None:
                continue
            values = {name: self._value(value) for name, value in found.groupdict().items()}
            if all(self.knows(found[name]) for name in pattern.terms):
                return with_units(pattern.said.format(**values))
        return None

    def _value(self, text: str) -> str:
        """What stands in a sentence: named as elsewhere, with a capital or without."""
        said = self.say(text)
        if said == text and text[:1].islower():
            return self._whole.get(capitalised(text), text)
        return said

    def _parts(self, text: str) -> str | None:
        """Several sentences, or facts in a row, each by itself."""
        for between in (" · ", "; "):
            if between in text:
                return between.join(map(self._said, text.split(between)))
        sentences = _SENTENCES.split(text)
        return " ".join(map(self._said, sentences)) if len(sentences) > 1 else None


def capitalised(term: str) -> str:
    """As a title is written."""
    return term[:1].upper() + term[1:]


def _said_itself(sentence: tuple[str, str]) -> int:
    return len(_FIELD.sub("", sentence[0]))


@cache
def read_catalogue(language: str) -> Catalogue:
    """The catalogue of a language other than English."""
    return Catalogue(read_sentences(language))


def read_sentences(language: str) -> dict[str, str]:
    """As it is written."""
    sentences: dict[str, str] = json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return sentences


def fields(sentence: str) -> set[str]:
    """The names of what changes in a sentence."""
    return {found[1] for found in _FIELD.finditer(sentence)}
