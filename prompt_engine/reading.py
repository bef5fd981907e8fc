"""Which attributes the words of a sentence name; whether the sentence is one of ours is checked elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import permutations

from prompt_engine.grammar import SHARED_NOUNS, bare, merged
from prompt_engine.parts import NOUNS, Chosen
from prompt_engine.phrasings import DENIED, SAID, Phrasing

_WORD = re.compile(r"[\w'-]+")
_NEGATIONS = frozenset({"not", "without", "no", "neither"})  # every frame says what is not there last
_GENDERS = {noun: gender for gender, noun in NOUNS.items()}

Named = tuple[tuple[str, int], ...]  # labels, and which of their phrasings was read


@dataclass(frozen=True)
class Reading:
    """What a sentence seems to say."""

    gender: str
    wanted: tuple[str, ...]
    unwanted: tuple[str, ...] = ()
    chosen: Chosen = field(default_factory=dict)
    is_template: bool = False


def read_words(sentence: str) -> Reading | None:
    """Find the words of every attribute, before and after the first negation; None where nobody is named."""
    words = _WORD.findall(sentence)
    gender = next((_GENDERS[word] for word in words if word in _GENDERS), None)
    if gender is None:
        return None
    end = next((place for place, word in enumerate(words) if word in _NEGATIONS), len(words))
    there = dict(_named(words[:end], _words_said()))
    affirmed = dict(_named(words[:end], _words_affirming()))
    denied = {**affirmed, **dict(_named(words[end:], _words_denied()))}
    return Reading(gender, tuple(there), tuple(denied), {**there, **denied})


_Lexicon = Mapping[str, Sequence[tuple[list[str], Named]]]  # first word → whole wordings, longest first


def _named(words: list[str], lexicon: _Lexicon) -> Iterator[tuple[str, int]]:
    place = 0
    while place < len(words):
        for wording, named in lexicon.get(words[place], ()):
            if words[place : place + len(wording)] == wording:
                yield from named
                place += len(wording) - 1
                break
        place += 1


@cache
def _words_said() -> _Lexicon:
    return _lexicon(SAID, "and")


@cache
def _words_denied() -> _Lexicon:
    return _lexicon(DENIED, "or")


@cache
def _words_affirming() -> _Lexicon:
    return _lexicon(DENIED, "or", affirms=True)


def _lexicon(table: Mapping[str, tuple[Phrasing, ...]], word: str, *, affirms: bool = False) -> _Lexicon:
    lexicon: dict[str, list[tuple[list[str], Named]]] = {}
    for text, named in (*_single(table, affirms=affirms), *(() if affirms else _pairs(table, word))):
        wording = bare(text).split()
        lexicon.setdefault(wording[0], []).append((wording, named))
    return {first: sorted(found, key=lambda each: -len(each[0])) for first, found in lexicon.items()}


def _single(table: Mapping[str, tuple[Phrasing, ...]], *, affirms: bool) -> Iterator[tuple[str, Named]]:
    for label, phrasings in table.items():
        for number, phrasing in enumerate(phrasings):
            if phrasing.affirms == affirms:
                yield phrasing.text, ((label, number),)


def _pairs(table: Mapping[str, tuple[Phrasing, ...]], word: str) -> Iterator[tuple[str, Named]]:
    """Two attributes that share a noun, in every wording and order."""
    single = list(_single(table, affirms=False))
    for noun in SHARED_NOUNS:
        sharing = [(text, named) for text, named in single if text.endswith(f" {noun}")]
        for (first, named), (second, others) in permutations(sharing, 2):
            if named[0][0] != others[0][0]:
                yield merged((first, second), word)[0], named + others
