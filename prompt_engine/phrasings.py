"""Every way to say that an attribute is there, or that it is not; the first is the default one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from prompt_engine.attributes import ATTRIBUTES, Attribute, Role


@dataclass(frozen=True)
class Phrasing:
    """Words for one attribute: an adjective for PERSON and HAIR, else a noun phrase with its article."""

    role: Role
    text: str
    affirms: bool = False  # says an absence by what is there instead: "bearded" for no clean shave


# The nouns of two attributes differ (but for "hair", "nose" and "eyebrows", which they share): none is said
# twice. They are short in the demo model's tokenizer too, so that no sentence is longer than what it reads.
_OTHER_WORDS: Mapping[str, tuple[str, ...]] = {
    "5_o_Clock_Shadow": ("stubble", "light stubble"),
    "Arched_Eyebrows": ("arching eyebrows", "curving eyebrows"),
    "Attractive": ("good-looking", "appealing"),
    "Bags_Under_Eyes": ("eye bags", "heavy eye bags"),
    "Bald": ("bald-headed", "a bald head"),
    "Bangs": ("a fringe", "front bangs"),
    "Big_Lips": ("big lips", "thick lips"),
    "Big_Nose": ("a large nose", "a broad nose"),
    "Black_Hair": ("raven", "jet-black"),
    "Blond_Hair": ("blonde", "fair"),
    "Brown_Hair": ("chestnut", "brownish"),
    "Bushy_Eyebrows": ("thick eyebrows", "full eyebrows"),
    "Chubby": ("plump", "stout"),
    "Double_Chin": ("a full double chin", "a heavy double chin"),
    "Eyeglasses": ("glasses", "eyewear"),
    "Goatee": ("a goatee beard", "goateed"),
    "Gray_Hair": ("grey", "silver"),
    "Heavy_Makeup": ("bold makeup", "full makeup"),
    "High_Cheekbones": ("high-set cheekbones", "raised cheekbones"),
    "Mouth_Slightly_Open": ("a partly open mouth", "an open mouth"),
    "Mustache": ("a moustache", "mustached"),
    "Narrow_Eyes": ("narrowed eyes", "slender eyes"),
    "No_Beard": ("cleanly shaven", "beardless"),
    "Oval_Face": ("an oval face shape", "a soft oval face"),
    "Pale_Skin": ("a pale skin tone", "light skin"),
    "Pointy_Nose": ("a pointed nose", "a sharp nose"),
    "Receding_Hairline": ("a receded hairline", "a high hairline"),
    "Rosy_Cheeks": ("pink cheeks", "red cheeks"),
    "Sideburns": ("visible sideburns", "full sideburns"),
    "Smiling": ("smiling", "a clear smile"),
    "Straight_Hair": ("sleek straight", "smooth straight"),
    "Wavy_Hair": ("softly wavy", "gently wavy"),
    "Wearing_Earrings": ("a pair of earrings", "a set of earrings"),
    "Wearing_Hat": ("headwear", "headgear"),
    "Wearing_Lipstick": ("lip tint", "lip color"),
    "Wearing_Necklace": ("a fine necklace", "a neck chain"),
    "Wearing_Necktie": ("a tie", "a neck tie"),
    "Young": ("youthful", "young-looking"),
}

# Words that stand elsewhere in a sentence than their attribute does by default.
_OTHER_ROLES: Mapping[str, Role] = {
    "a bald head": Role.FEATURE,
    "goateed": Role.PERSON,
    "mustached": Role.PERSON,
    "smiling": Role.PERSON,
}


def _said(attribute: Attribute) -> tuple[Phrasing, ...]:
    others = _OTHER_WORDS[attribute.label]
    return (
        Phrasing(attribute.role, attribute.phrase),
        *(Phrasing(_OTHER_ROLES.get(text, attribute.role), text) for text in others),
    )


SAID: Mapping[str, tuple[Phrasing, ...]] = {
    each.label: _said(each) for each in ATTRIBUTES if each.role is not Role.UNSAID
}

# Words that say more than the label. Denied, they would leave room for what it means ("no jet-black hair"):
# there the default words stand for them.
_NARROWER = frozenset(
    {
        *("heavy eye bags", "jet-black", "raven", "chestnut", "silver", "a full double chin"),
        *("a heavy double chin", "a soft oval face", "red cheeks", "full sideburns", "visible sideburns"),
        *("sleek straight", "smooth straight", "softly wavy", "gently wavy", "a fine necklace"),
        *("a neck chain", "a clear smile", "light stubble"),
    }
)

# What is not there is named by the same words. But "not beardless" would be one negation too many, and nobody
# says of a closed mouth that it is no open one.
DENIED: Mapping[str, tuple[Phrasing, ...]] = {
    **{
        label: tuple(phrasings[0] if each.text in _NARROWER else each for each in phrasings)
        for label, phrasings in SAID.items()
    },
    "Mouth_Slightly_Open": tuple(
        Phrasing(Role.FEATURE, text, affirms=True)
        for text in ("a closed mouth", "a shut mouth", "a closed mouth")
    ),
    "No_Beard": (Phrasing(Role.PERSON, "bearded", affirms=True), *SAID["No_Beard"][:2]),
}
