"""A selection as a sentence, and back.

`a young woman with black hair and a smile, wearing eyeglasses, not chubby, without earrings or bangs`:
adjectives, noun, features, things worn, and then what is not there; every part but the noun may be absent.
That is the plain style. The varied one draws a frame and the words by a seed; `template` is the older one.
"""

from __future__ import annotations

import random
from functools import lru_cache

from prompt_engine.errors import InvalidSelection, UnknownName
from prompt_engine.frames import FRAMES, PLAIN
from prompt_engine.parts import Chosen, parts_of
from prompt_engine.phrasings import DENIED, SAID
from prompt_engine.reading import Reading, read_words
from prompt_engine.selection import Selection
from prompt_engine.template import read_template, realise_template

STYLES = ("plain", "varied", "template")


def realise(selection: Selection, style: str = "plain", seed: int = 0) -> str:
    """Say a selection in grammatical words; `parse` is the exact inverse.

    Only the varied style looks at `seed`: one seed and selection, one sentence, on any machine.

    Raises:
        UnknownName: the style is not one of STYLES.
        InvalidSelection: the template style cannot say what is unwanted.
    """
    if style == "plain":
        return _plain(selection)
    if style == "varied":
        return _varied(selection, seed)
    if style == "template":
        return realise_template(selection)
    raise UnknownName.of("style", style, STYLES)


def parse(sentence: str) -> Selection:
    """Read a sentence that `realise` wrote, in any style.

    Raises:
        InvalidSelection: the sentence says anything else, or says it in other words.
    """
    reading = read_template(sentence) or read_words(sentence)
    if reading is None:
        raise _not_ours(sentence)
    try:
        selection = Selection(reading.gender, reading.wanted, reading.unwanted)
    except InvalidSelection as error:
        raise InvalidSelection(f"The sentence {sentence!r} cannot be chosen. {error}") from error
    if not _says(sentence, selection, reading):
        raise _not_ours(sentence)
    return selection


# A list of drawn prompts says the likely ones again and again: a few thousand make most of it.
@lru_cache(maxsize=16384)
def _plain(selection: Selection) -> str:
    return PLAIN.say(parts_of(selection, {}))


def _varied(selection: Selection, seed: int) -> str:
    rng = random.Random(seed)  # only random() is used: Python promises never to change it
    frame = FRAMES[int(rng.random() * len(FRAMES))]
    chosen: Chosen = {
        label: int(rng.random() * len(table[label]))
        for table, labels in ((SAID, selection.wanted), (DENIED, selection.unwanted))
        for label in labels
    }
    return frame.say(parts_of(selection, chosen))


def _says(sentence: str, selection: Selection, reading: Reading) -> bool:
    """Whether any style says exactly this about the selection, in the words that were read."""
    if reading.is_template:
        return realise_template(selection) == sentence
    parts = parts_of(selection, reading.chosen)
    return any(frame.say(parts) == sentence for frame in FRAMES if frame.may_have_said(sentence))


def _not_ours(sentence: str) -> InvalidSelection:
    return InvalidSelection(
        f"The sentence {sentence!r} was not written by this prompt engine; choose attributes to make one."
    )
