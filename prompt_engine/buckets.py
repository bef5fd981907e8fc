"""The 8 buckets: per gender, which attributes answer the same question, and how often each is drawn."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from math import fsum
from types import MappingProxyType

from prompt_engine.attributes import attribute
from prompt_engine.errors import InvalidSelection, UnknownName
from prompt_engine.nearest import list_names

GENDERS = ("male", "female")
_PEOPLE = {"male": "men", "female": "women"}


@dataclass(frozen=True)
class Bucket:
    """One question about a face; weights are shares: of all buckets of the gender, and within the bucket."""

    name: str
    title: str
    weight: float
    attributes: Mapping[str, float]
    repeatable: bool = False
    unweighted: tuple[str, ...] = ()  # can be asked for too, and the documented tables never draw them

    @property
    def options(self) -> tuple[str, ...]:
        """Every answer to the question."""
        return (*self.attributes, *self.unweighted)


_TITLES = {
    "facial_hair": "Facial hair",
    "makeup_style": "Makeup and style",
    "hair_structure": "Hair structure",
    "hair_color": "Hair colour",
    "face_shape": "Face shape",
    "eyebrows": "Eyebrows",
    "nose": "Nose",
    "other": "Other",
}

BUCKET_NAMES: tuple[str, ...] = tuple(_TITLES)

# Percentages as documented with the project; several do not sum to 100 (male buckets 121.7, female 118.4).
_MALE = {
    "facial_hair": (15.9, {"5_o_Clock_Shadow": 40.9, "Goatee": 23.2, "Sideburns": 20.8, "Mustache": 15.1}),
    "hair_structure": (
        18.7,
        {"Straight_Hair": 38.8, "Wavy_Hair": 21.7, "Receding_Hairline": 18.3, "Bangs": 12.6, "Bald": 8.5},
    ),
    "hair_color": (21.1, {"Black_Hair": 53.8, "Brown_Hair": 27.4, "Gray_Hair": 15.3, "Blond_Hair": 3.5}),
    "face_shape": (19.7, {"High_Cheekbones": 41.2, "Oval_Face": 29.6, "Chubby": 16.1, "Double_Chin": 13.1}),
    "eyebrows": (11.8, {"Bushy_Eyebrows": 81.9, "Arched_Eyebrows": 18.1}),
    "nose": (22.6, {"Big_Nose": 72.1, "Pointy_Nose": 27.9}),
    "other": (
        11.9,
        {
            "Young": 24.5,
            "Mouth_Slightly_Open": 16.4,
            "Smiling": 15.7,
            "Bags_Under_Eyes": 13.7,
            "Attractive": 11.3,
            "Wearing_Necktie": 6.8,
            "Big_Lips": 6.1,
            "Eyeglasses": 4.8,
            "Narrow_Eyes": 4.4,
            "Wearing_Hat": 3.1,
            "Pale_Skin": 1.0,
            "Rosy_Cheeks": 0.1,
        },
    ),
}

_FEMALE = {
    "makeup_style": (
        22.9,
        {"Wearing_Lipstick": 40.7, "Heavy_Makeup": 33.8, "Wearing_Earrings": 15.7, "Wearing_Necklace": 9.8},
    ),
    "hair_structure": (
        17.6,
        {"Wavy_Hair": 50.5, "Bangs": 22.7, "Straight_Hair": 20.8, "Receding_Hairline": 5.9},
    ),
    "hair_color": (17.6, {"Brown_Hair": 35.5, "Blond_Hair": 34.4, "Black_Hair": 28.7, "Gray_Hair": 1.4}),
    "face_shape": (18.9, {"High_Cheekbones": 61.2, "Oval_Face": 36.5, "Chubby": 1.3, "Double_Chin": 1.0}),
    "eyebrows": (12.8, {"Arched_Eyebrows": 85.7, "Bushy_Eyebrows": 14.3}),
    "nose": (12.1, {"Pointy_Nose": 77.9, "Big_Nose": 22.1}),
    "other": (
        16.5,
        {
            "Young": 25.3,
            "Attractive": 20.3,
            "Smiling": 15.6,
            "Mouth_Slightly_Open": 15.1,
            "Big_Lips": 8.8,
            "Rosy_Cheeks": 3.3,
            "Narrow_Eyes": 3.1,
            "Bags_Under_Eyes": 3.0,
            "Pale_Skin": 1.6,
            "Wearing_Hat": 0.7,
            "Eyeglasses": 0.6,
        },
    ),
}

# CelebA says so of 60 % of the men; the documented tables have no weight for it.
_UNWEIGHTED = {("male", "facial_hair"): ("No_Beard",)}

_Table = Mapping[str, tuple[float, Mapping[str, float]]]


def _shares(percentages: Mapping[str, float]) -> dict[str, float]:
    total = fsum(percentages.values())  # unlike sum(), the same in every Python
    return {name: value / total for name, value in percentages.items()}


def _normalised(gender: str, table: _Table) -> tuple[Bucket, ...]:
    weights = _shares({name: weight for name, (weight, _) in table.items()})
    return tuple(
        Bucket(
            name,
            _TITLES[name],
            weights[name],
            MappingProxyType(_shares(attributes)),
            repeatable=name == "other",
            unweighted=_UNWEIGHTED.get((gender, name), ()),
        )
        for name, (_, attributes) in table.items()
    )


_BUCKETS: Mapping[str, tuple[Bucket, ...]] = {
    "male": _normalised("male", _MALE),
    "female": _normalised("female", _FEMALE),
}
_BUCKET_OF: Mapping[str, Mapping[str, Bucket]] = {
    gender: {label: bucket for bucket in table for label in bucket.options}
    for gender, table in _BUCKETS.items()
}
_PLACES: Mapping[str, Mapping[str, int]] = {
    gender: {label: place for place, label in enumerate(labels)} for gender, labels in _BUCKET_OF.items()
}


def buckets(gender: str) -> tuple[Bucket, ...]:
    """The buckets that apply to a gender, in their fixed order.

    Raises:
        UnknownName: the gender is not one of GENDERS.
    """
    if gender not in GENDERS:
        raise UnknownName.of("gender", gender, GENDERS)
    return _BUCKETS[gender]


def offered(gender: str) -> tuple[str, ...]:
    """Every attribute that a gender can be asked for, in bucket order.

    Raises:
        UnknownName: the gender is not one of GENDERS.
    """
    buckets(gender)
    return tuple(_BUCKET_OF[gender])


def in_order(gender: str, labels: Iterable[str]) -> tuple[str, ...]:
    """Labels in the order in which `offered` names them.

    Raises:
        UnknownName: an unknown gender, or no such attribute at all.
        InvalidSelection: an attribute that is in none of this gender's buckets.
    """
    try:
        return tuple(sorted(labels, key=_PLACES[gender].__getitem__))
    except KeyError:
        for label in labels:
            bucket_of(gender, label)
        buckets(gender)
        raise


def bucket_of(gender: str, label: str) -> Bucket:
    """The bucket in which a gender finds an attribute.

    Raises:
        UnknownName: no such attribute at all.
        InvalidSelection: the attribute is in none of this gender's buckets.
    """
    buckets(gender)
    if label in _BUCKET_OF[gender]:
        return _BUCKET_OF[gender][label]
    known = attribute(label).label
    others = [other for other in GENDERS if known in _BUCKET_OF[other]]
    advice = (
        f"it is asked of {_PEOPLE[others[0]]} only"
        if others
        else f"choose one of {list_names(offered(gender))}"
    )
    raise InvalidSelection(f"{known} cannot be chosen for the gender {gender!r}: {advice}.")


def unanswered(gender: str, wanted: Collection[str]) -> tuple[str, ...]:
    """What is left to be called absent: who has black hair is not said to have no blond hair."""
    answered = {bucket.name for label in wanted if not (bucket := bucket_of(gender, label)).repeatable}
    return tuple(
        label
        for label in offered(gender)
        if label not in wanted and bucket_of(gender, label).name not in answered
    )
