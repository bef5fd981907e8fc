"""The 40 CelebA attributes as one table: label, title and wording."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from prompt_engine.errors import UnknownName


class Role(Enum):
    """Where in a sentence an attribute is said."""

    PERSON = "person"  # before the noun: "a young woman"
    HAIR = "hair"  # shares the noun "hair": "straight black hair"
    FEATURE = "feature"  # after "with": "a big nose"
    WORN = "worn"  # after "wearing": "a hat"
    UNSAID = "unsaid"  # belongs to no bucket, or is said by the noun


@dataclass(frozen=True)
class Attribute:
    """One attribute; `phrase` is an adjective for PERSON and HAIR, else a noun phrase with its article.

    `title` is what people are shown: where CelebA's `label` judges a face, it describes. Prompts and captions
    are made of `phrase` alone, which adapters are trained with.
    """

    label: str
    title: str
    role: Role
    phrase: str


ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute("5_o_Clock_Shadow", "Five o'clock shadow", Role.FEATURE, "a five o'clock shadow"),
    Attribute("Arched_Eyebrows", "Arched eyebrows", Role.FEATURE, "arched eyebrows"),
    Attribute("Attractive", "Rated attractive", Role.PERSON, "attractive"),
    Attribute("Bags_Under_Eyes", "Bags under the eyes", Role.FEATURE, "under-eye bags"),
    Attribute("Bald", "Bald", Role.PERSON, "bald"),
    Attribute("Bangs", "Bangs", Role.FEATURE, "bangs"),
    Attribute("Big_Lips", "Full lips", Role.FEATURE, "full lips"),
    Attribute("Big_Nose", "Prominent nose", Role.FEATURE, "a big nose"),
    Attribute("Black_Hair", "Black hair", Role.HAIR, "black"),
    Attribute("Blond_Hair", "Blond hair", Role.HAIR, "blond"),
    Attribute("Blurry", "Blurry", Role.UNSAID, ""),
    Attribute("Brown_Hair", "Brown hair", Role.HAIR, "brown"),
    Attribute("Bushy_Eyebrows", "Bushy eyebrows", Role.FEATURE, "bushy eyebrows"),
    Attribute("Chubby", "Full face", Role.PERSON, "chubby"),
    Attribute("Double_Chin", "Fold under the chin", Role.FEATURE, "a double chin"),
    Attribute("Eyeglasses", "Eyeglasses", Role.WORN, "eyeglasses"),
    Attribute("Goatee", "Goatee", Role.FEATURE, "a goatee"),
    Attribute("Gray_Hair", "Gray hair", Role.HAIR, "gray"),
    Attribute("Heavy_Makeup", "Heavy makeup", Role.WORN, "heavy makeup"),
    Attribute("High_Cheekbones", "High cheekbones", Role.FEATURE, "high cheekbones"),
    Attribute("Male", "Perceived as male", Role.UNSAID, ""),
    Attribute("Mouth_Slightly_Open", "Mouth slightly open", Role.FEATURE, "a slightly open mouth"),
    Attribute("Mustache", "Mustache", Role.FEATURE, "a mustache"),
    Attribute("Narrow_Eyes", "Narrowly open eyes", Role.FEATURE, "narrow eyes"),
    Attribute("No_Beard", "Clean-shaven", Role.PERSON, "clean-shaven"),
    Attribute("Oval_Face", "Oval face", Role.FEATURE, "an oval face"),
    Attribute("Pale_Skin", "Light skin", Role.FEATURE, "pale skin"),
    Attribute("Pointy_Nose", "Pointy nose", Role.FEATURE, "a pointy nose"),
    Attribute("Receding_Hairline", "Receding hairline", Role.FEATURE, "a receding hairline"),
    Attribute("Rosy_Cheeks", "Rosy cheeks", Role.FEATURE, "rosy cheeks"),
    Attribute("Sideburns", "Sideburns", Role.FEATURE, "sideburns"),
    Attribute("Smiling", "Smiling", Role.FEATURE, "a smile"),
    Attribute("Straight_Hair", "Straight hair", Role.HAIR, "straight"),
    Attribute("Wavy_Hair", "Wavy hair", Role.HAIR, "wavy"),
    Attribute("Wearing_Earrings", "Earrings", Role.WORN, "earrings"),
    Attribute("Wearing_Hat", "Hat", Role.WORN, "a hat"),
    Attribute("Wearing_Lipstick", "Lipstick", Role.WORN, "lipstick"),
    Attribute("Wearing_Necklace", "Necklace", Role.WORN, "a necklace"),
    Attribute("Wearing_Necktie", "Necktie", Role.WORN, "a necktie"),
    Attribute("Young", "Young-looking", Role.PERSON, "young"),
)

LABELS: tuple[str, ...] = tuple(attribute.label for attribute in ATTRIBUTES)

_BY_LABEL = {attribute.label: attribute for attribute in ATTRIBUTES}


def attribute(label: str) -> Attribute:
    """Look an attribute up by its official CelebA label.

    Raises:
        UnknownName: with the nearest label.
    """
    if label not in _BY_LABEL:
        raise UnknownName.of("attribute", label, LABELS)
    return _BY_LABEL[label]
