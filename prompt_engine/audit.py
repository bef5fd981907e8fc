"""What in CelebA's labels contradicts itself, or is odd, as data; and which images it is about."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from itertools import combinations

from prompt_engine.query import Query

HAIR_COLOURS = ("Black_Hair", "Blond_Hair", "Brown_Hair", "Gray_Hair")
FACIAL_HAIR = ("5_o_Clock_Shadow", "Goatee", "Mustache", "Sideburns")
_MAKEUP = ("Heavy_Makeup", "Wearing_Lipstick", "Wearing_Earrings", "Wearing_Necklace")
_HAIR_STRUCTURE = ("Bald", "Bangs", "Receding_Hairline", "Straight_Hair", "Wavy_Hair")
_FACE_SHAPE = ("Chubby", "Double_Chin", "High_Cheekbones", "Oval_Face")


@dataclass(frozen=True)
class Finding:
    """Images to look at: those that any of the cases asks for.

    A contradiction answers one question about a face twice, in ways that exclude each other or that the
    annotators had to choose between; the others are odd, or only look so.
    """

    name: str
    title: str
    cases: tuple[Query, ...]
    contradiction: bool


def _pairs(*pairs: tuple[str, ...]) -> tuple[Query, ...]:
    return tuple(Query(wanted=pair, blurry="in") for pair in pairs)


def _two_of(labels: Sequence[str]) -> tuple[Query, ...]:
    return _pairs(*combinations(labels, 2))


def _with_any(label: str, others: Sequence[str]) -> tuple[Query, ...]:
    return _pairs(*((label, other) for other in others))


def _of(gender: str, labels: Sequence[str]) -> tuple[Query, ...]:
    return tuple(Query(gender, (label,), blurry="in") for label in labels)


FINDINGS: tuple[Finding, ...] = (
    Finding("hair_colours", "Two hair colours", _two_of(HAIR_COLOURS), True),
    Finding("noses", "A big and a pointy nose", _pairs(("Big_Nose", "Pointy_Nose")), True),
    Finding("eyebrows", "Arched and bushy eyebrows", _pairs(("Arched_Eyebrows", "Bushy_Eyebrows")), True),
    Finding("hair_structures", "Straight and wavy hair", _pairs(("Straight_Hair", "Wavy_Hair")), True),
    Finding(
        "bald_with_hair",
        "Bald, with bangs, straight or wavy hair",
        _with_any("Bald", ("Bangs", "Straight_Hair", "Wavy_Hair")),
        True,
    ),
    Finding("hairlines", "Bangs and a receding hairline", _pairs(("Bangs", "Receding_Hairline")), True),
    Finding(
        "beard_and_none",
        "No beard, with a goatee, mustache or sideburns",
        _with_any("No_Beard", ("Goatee", "Mustache", "Sideburns")),
        True,
    ),
    Finding("skin", "Rosy cheeks and pale skin", _pairs(("Rosy_Cheeks", "Pale_Skin")), True),
    Finding("women_with_beards", "Women with facial hair", _of("female", FACIAL_HAIR), True),
    Finding(
        "shadow_without_beard",
        "No beard, with a five o'clock shadow",
        _pairs(("No_Beard", "5_o_Clock_Shadow")),
        False,
    ),
    Finding(
        "beard_of_no_kind",
        "A beard, and no kind of facial hair",
        (Query(unwanted=("No_Beard", *FACIAL_HAIR), blurry="in"),),
        False,
    ),
    Finding(
        "no_hair_colour",
        "No hair colour, not bald, no hat",
        (Query(unwanted=(*HAIR_COLOURS, "Bald", "Wearing_Hat"), blurry="in"),),
        False,
    ),
    Finding("bald_with_colour", "Bald, with a hair colour", _with_any("Bald", HAIR_COLOURS), False),
    Finding(
        "bald_and_receding", "Bald, with a receding hairline", _pairs(("Bald", "Receding_Hairline")), False
    ),
    Finding("face_shapes", "Full face and oval face", _pairs(("Chubby", "Oval_Face")), False),
    Finding("young_and_gray", "Young-looking, with gray hair", _pairs(("Young", "Gray_Hair")), False),
    Finding("young_and_bald", "Young-looking and bald", _pairs(("Young", "Bald")), False),
    Finding("bald_women", "Bald women", _of("female", ("Bald",)), False),
    Finding("women_with_neckties", "Women with a necktie", _of("female", ("Wearing_Necktie",)), False),
    Finding("men_with_makeup", "Men with makeup or jewellery", _of("male", _MAKEUP), False),
    Finding("several_facial_hair", "Several kinds of facial hair", _two_of(FACIAL_HAIR), False),
    Finding("several_makeup", "Several of makeup and jewellery", _two_of(_MAKEUP), False),
    Finding("several_hair_structures", "Several hair structures", _two_of(_HAIR_STRUCTURE), False),
    Finding("several_face_shapes", "Several face shapes", _two_of(_FACE_SHAPE), False),
)
CONTRADICTIONS: tuple[Finding, ...] = tuple(finding for finding in FINDINGS if finding.contradiction)


def findings_of(labels: Set[str]) -> tuple[Finding, ...]:
    """What the audit finds in one image, by all labels that it carries; contradictions first."""
    found = [finding for finding in FINDINGS if any(_asks_for(case, labels) for case in finding.cases)]
    return tuple(sorted(found, key=lambda finding: not finding.contradiction))


def _asks_for(case: Query, labels: Set[str]) -> bool:
    gender = "male" if "Male" in labels else "female"
    right_gender = case.gender in (None, gender)
    return right_gender and labels >= set(case.wanted) and labels.isdisjoint(case.unwanted)
