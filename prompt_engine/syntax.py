"""Ways to build one sentence of the parts; each is grammatical whichever of them are missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from prompt_engine.grammar import bare, clauses, listed, with_article
from prompt_engine.parts import Parts

Syntax = Callable[[Parts], str]


@dataclass(frozen=True)
class Absence:
    """How a frame says what is not there."""

    adjectives: str = "not"  # or "neither"
    nouns: str = "without"  # "with no" and "has no" take nouns without articles


WITHOUT = Absence()
WITH_NO = Absence(nouns="with no")
NEITHER = Absence(adjectives="neither")
HAS_NO = Absence(adjectives="is not", nouns="has no")
HAS_NOT = Absence(adjectives="is not", nouns="does not have")


def phrase(parts: Parts, absence: Absence = WITHOUT) -> str:
    """`a young man with black hair, wearing a hat, not bald, without a smile`."""
    features = _opened(" with", parts.features, "and")
    wearing = _opened("wearing", parts.worn, "and")
    return _trailing(with_article(parts.person) + features, wearing, parts, absence, is_long=bool(features))


def worn_beside(parts: Parts, absence: Absence = WITHOUT) -> str:
    """`a young man wearing a hat, with black hair, not bald, without a smile`."""
    if not parts.worn:
        return phrase(parts, absence)
    worn = _opened(" wearing", parts.worn, "and")
    features = _opened("with", parts.features, "and")
    return _trailing(with_article(parts.person) + worn, features, parts, absence, is_long=True)


def worn_first(parts: Parts, absence: Absence = WITHOUT) -> str:
    """`wearing a hat, a young man with black hair, not bald, without a smile`."""
    worn = f"wearing {listed(parts.worn, 'and')}, " if parts.worn else ""
    features = _opened(" with", parts.features, "and")
    return worn + _trailing(with_article(parts.person) + features, "", parts, absence, is_long=bool(features))


def features_first(parts: Parts, absence: Absence = WITHOUT) -> str:
    """`with black hair, a young man wearing a hat, not bald, without a smile`."""
    features = f"with {listed(parts.features, 'and')}, " if parts.features else ""
    worn = _opened(" wearing", parts.worn, "and")
    return features + _trailing(with_article(parts.person) + worn, "", parts, absence, is_long=bool(worn))


def adjectives_behind(parts: Parts, absence: Absence = WITHOUT) -> str:
    """`a man, young and bald, with a smile, wearing a hat, without bangs`."""
    described = [listed(parts.adjectives, "and")] if parts.adjectives else []
    features = _opened("with", parts.features, "and")
    wearing = _opened("wearing", parts.worn, "and")
    said = [*described, features, wearing, *_absent(parts, absence)]
    return ", ".join([with_article(parts.noun), *filter(None, said)])


def relative(parts: Parts, absence: Absence = HAS_NO, *, wears: str = "wears") -> str:
    """`a young man who has black hair, wears a hat, is not bald, and has no goatee`."""
    said = [*_present(parts, wears), *_absent(parts, absence)]
    return with_article(parts.person) + (f" who {clauses(said)}" if said else "")


def relative_all(parts: Parts, absence: Absence = HAS_NO, *, wears: str = "wears") -> str:
    """`a man who is young, has black hair, wears a hat, and has no goatee`."""
    described = [f"is {listed(parts.adjectives, 'and')}"] if parts.adjectives else []
    said = [*described, *_present(parts, wears), *_absent(parts, absence)]
    return with_article(parts.noun) + (f" who {clauses(said)}" if said else "")


def statement(parts: Parts, absence: Absence = HAS_NO, *, wears: str = "wears") -> str:
    """`a young man has black hair, wears a hat, and is not bald`, or `there is a young man`."""
    said = [*_present(parts, wears), *_absent(parts, absence)]
    person = with_article(parts.person)
    return f"{person} {clauses(said)}" if said else f"there is {person}"


def two_sentences(parts: Parts, absence: Absence = HAS_NO, *, wears: str = "wears") -> str:
    """`a young man. He has black hair and wears a hat. He is not bald and has no goatee`: three at most."""
    said = [clauses(each) for each in (_present(parts, wears), _absent(parts, absence)) if each]
    return ". ".join([with_article(parts.person), *(f"{parts.pronoun} {each}" for each in said)])


def short_sentences(parts: Parts, absence: Absence = HAS_NO, *, wears: str = "is wearing") -> str:
    """`a young man. He has black hair. He is wearing a hat. He is not bald and has no goatee`."""
    said = [*_present(parts, wears), *filter(None, [" and ".join(_absent(parts, absence))])]
    return ". ".join([with_article(parts.person), *(f"{parts.pronoun} {each}" for each in said)])


def _trailing(head: str, clause: str, parts: Parts, absence: Absence, *, is_long: bool) -> str:
    """Hang clauses on a head; "a man wearing a hat" needs no comma, "a man, not bald" and longer ones do."""
    said = [each for each in (clause, *_absent(parts, absence)) if each]
    comma = "" if not is_long and len(said) == 1 and not parts.absent_adjectives else ","
    return head + "".join(f"{comma} {each}" for each in said)


def _present(parts: Parts, wears: str) -> list[str]:
    said = (_opened("has", parts.features, "and"), _opened(wears, parts.worn, "and"))
    return [each for each in said if each]


def _absent(parts: Parts, absence: Absence) -> list[str]:
    if not (parts.absent_adjectives or parts.absent_features or parts.unworn):
        return []
    nouns = (*parts.absent_features, *parts.unworn)
    if absence.nouns.endswith(" no"):
        nouns = tuple(bare(each) for each in nouns)
    said = (_denied_adjectives(parts.absent_adjectives, absence), _opened(absence.nouns, nouns, "or"))
    return [each for each in said if each]


def _denied_adjectives(adjectives: Sequence[str], absence: Absence) -> str:
    if absence.adjectives == "neither":
        return (
            f"neither {listed(adjectives, 'nor')}"
            if len(adjectives) > 1
            else _opened("not", adjectives, "or")
        )
    return _opened(absence.adjectives, adjectives, "or")


def _opened(opening: str, said: Sequence[str], word: str) -> str:
    return f"{opening} {listed(said, word)}" if said else ""
