"""A selection as the parts of speech that every sentence frame puts in its own order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from prompt_engine.attributes import Role
from prompt_engine.grammar import listed, merged
from prompt_engine.phrasings import DENIED, SAID, Phrasing
from prompt_engine.selection import Selection

Chosen = Mapping[str, int]  # label → which of its phrasings; one that is not named says the default

NOUNS = {"male": "man", "female": "woman"}
# English order of adjectives: state, opinion, what the face does, size, quality, age.
_PERSON_ORDER = ("No_Beard", "Attractive", "Goatee", "Mustache", "Smiling", "Chubby", "Bald", "Young")
_HAIR_STRUCTURES = ("Straight_Hair", "Wavy_Hair")


@dataclass(frozen=True, slots=True)
class Parts:
    """What is said of a person, in words: adjectives and noun phrases, there and not there."""

    gender: str
    adjectives: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    worn: tuple[str, ...] = ()
    absent_adjectives: tuple[str, ...] = ()
    absent_features: tuple[str, ...] = ()
    unworn: tuple[str, ...] = ()

    @property
    def noun(self) -> str:
        """`man` or `woman`."""
        return NOUNS[self.gender]

    @property
    def person(self) -> str:
        """The noun with its adjectives, without an article."""
        return " ".join((*self.adjectives, self.noun))

    @property
    def pronoun(self) -> str:
        """`He` or `She`: it only ever opens a sentence."""
        return "He" if self.gender == "male" else "She"


def parts_of(selection: Selection, chosen: Chosen) -> Parts:
    """Put a selection into words; attributes that share a noun are one phrase, and so are absent ones."""
    there = {label: SAID[label][chosen.get(label, 0)] for label in selection.wanted}
    absent = {label: DENIED[label][chosen.get(label, 0)] for label in selection.unwanted}
    for label in [label for label, phrasing in absent.items() if phrasing.affirms]:
        there[label] = absent.pop(label)
    adjectives, hair, features, worn = _sorted_out(there)
    if not absent:
        return Parts(selection.gender, adjectives, (*_hair(hair), *merged(features, "and")), tuple(worn))
    absent_adjectives, absent_hair, absent_features, unworn = _sorted_out(absent)
    return Parts(
        selection.gender,
        adjectives,
        (*_hair(hair), *merged(features, "and")),
        tuple(worn),
        absent_adjectives,
        (*_absent_hair(absent_hair), *merged(absent_features, "or")),
        tuple(unworn),
    )


def _sorted_out(
    phrasings: Mapping[str, Phrasing],
) -> tuple[tuple[str, ...], dict[str, str], list[str], list[str]]:
    """Adjectives in their order, adjectives of the hair by label, features, and what is worn."""
    adjectives: dict[str, str] = {}
    hair: dict[str, str] = {}
    nouns: dict[Role, list[str]] = {Role.FEATURE: [], Role.WORN: []}
    for label, phrasing in phrasings.items():
        if phrasing.role is Role.PERSON:
            adjectives[label] = phrasing.text
        elif phrasing.role is Role.HAIR:
            hair[label] = phrasing.text
        else:
            nouns[phrasing.role].append(phrasing.text)
    ordered = tuple(adjectives[label] for label in _PERSON_ORDER if label in adjectives) if adjectives else ()
    return ordered, hair, nouns[Role.FEATURE], nouns[Role.WORN]


def _hair(hair: Mapping[str, str]) -> tuple[str, ...]:
    """All that is said of the hair as one noun phrase: `wavy black and brown hair`."""
    if not hair:
        return ()
    structures = [text for label, text in hair.items() if label in _HAIR_STRUCTURES]
    colours = listed([text for label, text in hair.items() if label not in _HAIR_STRUCTURES], "and")
    return (" ".join([*structures, *([colours] if colours else []), "hair"]),)


def _absent_hair(hair: Mapping[str, str]) -> tuple[str, ...]:
    return (f"{listed(tuple(hair.values()), 'or')} hair",) if hair else ()
