"""A selection as a sentence, and back.

`a young woman with black hair and a smile, wearing eyeglasses, not chubby, without earrings or bangs`:
adjectives, noun, features, things worn, and then what is not there; every part but the noun may be absent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from prompt_engine.attributes import ATTRIBUTES, Role, attribute
from prompt_engine.buckets import buckets
from prompt_engine.errors import InvalidSelection
from prompt_engine.selection import Selection

_NOUNS = {"male": "man", "female": "woman"}
_SHAVEN = "clean-shaven"
# English order of adjectives: opinion, size, quality, age.
_PERSON_ORDER = ("Attractive", "Chubby", "Bald", "Young")
_CLAUSES = re.compile(
    r"^an? (?P<person>.*?)(?P<noun>\b(?:wo)?man)"
    r"(?: with (?P<with>.*?))?(?:,? wearing (?P<wearing>.*?))?"
    r"(?:,? not (?P<not>.*?))?(?:,? without (?P<without>.*?))?$"
)


def realise(selection: Selection) -> str:
    """Say a selection in one grammatical sentence without a final stop; `parse` is the exact inverse."""
    shaven = _facial_hair(selection.gender) if _is_shaven(selection) else ()
    absent = [label for label in selection.unwanted if label not in shaven]
    features = _clause(" with", _join(_nouns(selection.wanted, ""), "and"))
    clauses = [
        _clause("wearing", _join(_phrases(selection.wanted, Role.WORN), "and")),
        _clause("not", _join(_adjectives(absent), "or")),
        _clause("without", _join(_nouns(absent, "or") + _phrases(absent, Role.WORN), "or")),
    ]
    said = [clause for clause in clauses if clause]
    # "a man wearing a hat" needs no comma; "a man, not bald" and anything longer does.
    comma = "" if not features and len(said) == 1 and not clauses[1] else ","
    return _head(selection, bool(shaven)) + features + "".join(f"{comma} {clause}" for clause in said)


def parse(sentence: str) -> Selection:
    """Read a sentence that `realise` wrote.

    Raises:
        InvalidSelection: the sentence says anything else, or says it in other words.
    """
    found = _CLAUSES.match(sentence)
    if found is None:
        raise _not_ours(sentence)
    gender = "male" if found["noun"] == "man" else "female"
    wanted = _find(" ".join(found[name] or "" for name in ("person", "with", "wearing")))
    unwanted = _find(" ".join(found[name] or "" for name in ("not", "without")))
    if _SHAVEN in found["person"]:
        unwanted += _facial_hair(gender)
    try:
        selection = Selection(gender, wanted, unwanted)
    except InvalidSelection as error:
        raise InvalidSelection(f"The sentence {sentence!r} cannot be chosen. {error}") from error
    if realise(selection) != sentence:
        raise _not_ours(sentence)
    return selection


def _head(selection: Selection, shaven: bool) -> str:
    words = [*([_SHAVEN] if shaven else []), *_adjectives(selection.wanted), _NOUNS[selection.gender]]
    article = "an" if words[0][0] in "aeiou" else "a"
    return f"{article} {' '.join(words)}"


def _is_shaven(selection: Selection) -> bool:
    hair = _facial_hair(selection.gender)
    return bool(hair) and set(hair) <= set(selection.unwanted)


def _facial_hair(gender: str) -> tuple[str, ...]:
    return next((tuple(each.attributes) for each in buckets(gender) if each.name == "facial_hair"), ())


def _adjectives(labels: Iterable[str]) -> list[str]:
    chosen = set(labels)
    return [attribute(label).phrase for label in _PERSON_ORDER if label in chosen]


def _phrases(labels: Iterable[str], role: Role) -> list[str]:
    return [attribute(label).phrase for label in labels if attribute(label).role is role]


def _nouns(labels: Iterable[str], between: str) -> list[str]:
    """Noun phrases after "with" or "without": all hair adjectives share one noun, said first."""
    labels = tuple(labels)
    hair = _phrases(labels, Role.HAIR)
    merged = [f"{_join(hair, between) if between else ' '.join(hair)} hair"] if hair else []
    return merged + _phrases(labels, Role.FEATURE)


def _clause(opening: str, content: str) -> str:
    return f"{opening} {content}" if content else ""


def _join(parts: list[str], word: str) -> str:
    return f" {word} ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def _find(text: str) -> tuple[str, ...]:
    """The labels whose words stand in a text; wording is unique, so order and punctuation do not matter."""
    return tuple(
        each.label
        for each in ATTRIBUTES
        if each.role is not Role.UNSAID and re.search(rf"(?<![\w-]){re.escape(each.phrase)}(?![\w-])", text)
    )


def _not_ours(sentence: str) -> InvalidSelection:
    return InvalidSelection(
        f"The sentence {sentence!r} was not written by this prompt engine; choose attributes to make one."
    )
