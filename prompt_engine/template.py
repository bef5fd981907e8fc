"""The older template, kept so that figures published with it can be reproduced.

`A realistic portrait of a man, with black hair, and wearing a hat.` It repeats nouns ("straight hair, black
hair") and writes "with wearing lipstick", as it always did: whoever writes new prompts wants the realiser.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from prompt_engine.errors import InvalidSelection
from prompt_engine.parts import NOUNS
from prompt_engine.reading import Reading
from prompt_engine.selection import Selection

_SENTENCE = re.compile(r"^A realistic portrait of a (man|woman)(?:, with (.+))?\.$")

PHRASES: Mapping[str, str] = {
    "5_o_Clock_Shadow": "a five o'clock shadow",
    "Arched_Eyebrows": "arched eyebrows",
    "Attractive": "an attractive look",
    "Bags_Under_Eyes": "bags under the eyes",
    "Bald": "a bald head",
    "Bangs": "bangs",
    "Big_Lips": "full lips",
    "Big_Nose": "a prominent nose",
    "Black_Hair": "black hair",
    "Blond_Hair": "blond hair",
    "Brown_Hair": "brown hair",
    "Bushy_Eyebrows": "bushy eyebrows",
    "Chubby": "chubby cheeks",
    "Double_Chin": "a double chin",
    "Eyeglasses": "wearing eyeglasses",
    "Goatee": "a goatee",
    "Gray_Hair": "gray hair",
    "Heavy_Makeup": "heavy makeup",
    "High_Cheekbones": "high cheekbones",
    "Mouth_Slightly_Open": "parted lips",
    "Mustache": "a mustache",
    "Narrow_Eyes": "narrow eyes",
    "No_Beard": "a clean-shaven face",
    "Oval_Face": "an oval face",
    "Pale_Skin": "pale skin",
    "Pointy_Nose": "a pointy nose",
    "Receding_Hairline": "a receding hairline",
    "Rosy_Cheeks": "rosy cheeks",
    "Sideburns": "sideburns",
    "Smiling": "a smile",
    "Straight_Hair": "straight hair",
    "Wavy_Hair": "wavy hair",
    "Wearing_Earrings": "wearing earrings",
    "Wearing_Hat": "wearing a hat",
    "Wearing_Lipstick": "wearing lipstick",
    "Wearing_Necklace": "wearing a necklace",
    "Wearing_Necktie": "wearing a necktie",
    "Young": "a youthful appearance",
}

_LABELS = {phrase: label for label, phrase in PHRASES.items()}


def realise_template(selection: Selection) -> str:
    """Say what is wanted in the older template.

    Raises:
        InvalidSelection: something is unwanted, for which that template has no words.
    """
    if selection.unwanted:
        raise InvalidSelection(
            f"The template style cannot say what is unwanted ({', '.join(selection.unwanted)}): "
            "choose the plain or the varied style, or leave nothing unwanted."
        )
    phrases = [PHRASES[label] for label in selection.wanted]
    said = f", with {_oxford(phrases)}" if phrases else ""
    return f"A realistic portrait of a {NOUNS[selection.gender]}{said}."


def read_template(sentence: str) -> Reading | None:
    """What a sentence of the template names; None where it is none, or names something unknown."""
    found = _SENTENCE.match(sentence)
    if found is None:
        return None
    phrases = re.split(r", and |, | and ", found[2]) if found[2] else []
    if not all(phrase in _LABELS for phrase in phrases):
        return None
    gender = next(gender for gender, noun in NOUNS.items() if noun == found[1])
    return Reading(gender, tuple(_LABELS[phrase] for phrase in phrases), is_template=True)


def _oxford(phrases: list[str]) -> str:
    if len(phrases) < 3:
        return " and ".join(phrases)
    return f"{', '.join(phrases[:-1])}, and {phrases[-1]}"
