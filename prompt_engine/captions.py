"""Captions to train on: which of a face's true labels each one names, and in which words."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from math import isfinite, log

from prompt_engine.buckets import buckets, unanswered
from prompt_engine.errors import InvalidSelection, UnknownName
from prompt_engine.realiser import STYLES, realise
from prompt_engine.reliability import RELIABILITY, Tier
from prompt_engine.seeds import derived_seed
from prompt_engine.selection import MOST_ATTRIBUTES, Selection


@dataclass(frozen=True)
class CaptionRules:
    """How captions are written.

    `sizes`: how many attributes one names, drawn alike. `absences`: the share of the named attributes that
    the face lacks, said as "without …"; only with it a man is called clean-shaven. `tier_weights`: how likely
    an attribute is named, by the tier of its label: unflagged, doubtful, near-random; at 0 it never is.
    `style`: as `realise` takes it.

    Raises:
        InvalidSelection: a number that no caption can have.
    """

    sizes: tuple[int, ...] = (2, 3, 4)
    absences: float = 0.0
    tier_weights: tuple[float, ...] = (1.0, 1.0, 1.0)
    style: str = "plain"

    def __post_init__(self) -> None:
        wrong = [size for size in self.sizes if not 0 <= size <= MOST_ATTRIBUTES]
        if wrong or not self.sizes:
            which = f"{wrong[0]} attributes" if wrong else "no number of attributes"
            raise InvalidSelection(f"Captions of {which} cannot be written: choose 0 to {MOST_ATTRIBUTES}.")
        if not 0 <= self.absences <= 1:
            raise InvalidSelection(f"The share of absences is {self.absences}: use a number from 0 to 1.")
        weights = self.tier_weights
        known = len(weights) == len(Tier) and all(isfinite(weight) and weight >= 0 for weight in weights)
        if not known or not any(weights):
            raise InvalidSelection(
                f"The weights of the tiers are {','.join(f'{weight:g}' for weight in weights) or 'none'}: "
                "give three numbers of 0 or more, not all 0."
            )
        if self.style not in STYLES:
            raise UnknownName.of("style", self.style, STYLES)
        if self.style == "template" and self.absences:
            raise InvalidSelection(
                f"The template style cannot say what a face lacks, and the share of absences is "
                f"{self.absences}: use 0, or the plain or varied style."
            )

    @cached_property
    def weights(self) -> Mapping[str, float]:
        """How likely each label is named, beside others."""
        return {label: self.tier_weights[each.tier] for label, each in RELIABILITY.items()}

    @cached_property
    def all_alike(self) -> bool:
        """Whether no label is likelier than another."""
        return len(set(self.tier_weights)) == 1


def write_captions(
    face_id: int, labels: Set[str], count: int, rules: CaptionRules, seed: int, phrasings: int | None = None
) -> list[str]:
    """A face's captions; they depend on the rules, the seed, its number and its labels alone.

    `phrasings`: in how many sentences one selection is said at most, whatever the face; None for any number.
    """
    captions = []
    for turn in range(count):
        selection = caption_selection(labels, caption_chance(face_id, turn, seed), rules)
        captions.append(say_caption(selection, face_id, turn, rules.style, seed, phrasings))
    return captions


def say_caption(
    selection: Selection, face_id: int, turn: int, style: str, seed: int, phrasings: int | None = None
) -> str:
    """A selection in the words of a face's caption; `phrasings` as `write_captions` takes it."""
    words = derived_seed(seed, "words", face_id, turn)
    if phrasings is not None:
        words = words_seed(selection, words % phrasings, seed)
    return realise(selection, style, words)


def caption_chance(face_id: int, turn: int, seed: int) -> random.Random:
    """What decides the selection of a face's caption."""
    return random.Random(derived_seed(seed, "caption", face_id, turn))


def words_seed(selection: Selection, phrasing: int, seed: int) -> int:
    """What decides the words of a selection's sentence of that number, the same for all faces."""
    return derived_seed(
        seed, "phrasing", phrasing, selection.gender, *selection.wanted, "without", *selection.unwanted
    )


def caption_selection(labels: Set[str], rng: random.Random, rules: CaptionRules) -> Selection:
    """A random part of `labels`, one of an exclusive bucket, with some of what the face lacks."""
    gender = "male" if "Male" in labels else "female"
    carried = _carried(gender, labels, rng, rules)
    size = rng.choice(list(rules.sizes))
    lacking = sum(rng.random() < rules.absences for _ in range(size)) if rules.absences else 0
    wanted = _draw(carried, min(size - lacking, len(carried)), rng, rules)
    lacked = _lacked(gender, labels, wanted) if lacking else []
    unwanted = _draw(lacked, min(lacking, len(lacked)), rng, rules)
    return Selection(gender, tuple(wanted), tuple(unwanted))


def _carried(gender: str, labels: Set[str], rng: random.Random, rules: CaptionRules) -> list[str]:
    candidates: list[str] = []
    for bucket in buckets(gender):
        options = bucket.options if rules.absences else bucket.attributes
        found = [label for label in options if label in labels and rules.weights[label]]
        candidates += found if bucket.repeatable else _draw(found, min(len(found), 1), rng, rules)
    return candidates


def _lacked(gender: str, labels: Set[str], wanted: Sequence[str]) -> list[str]:
    # That a man has a beard is said by its kind: that he lacks No_Beard would say it twice.
    free = unanswered(gender, wanted)
    return [label for label in free if label not in labels and label != "No_Beard"]


def _draw(candidates: Sequence[str], count: int, rng: random.Random, rules: CaptionRules) -> list[str]:
    """Different ones of the candidates, each as likely as the weight of its tier makes it."""
    if not candidates:
        return []
    if rules.all_alike:
        return rng.sample(candidates, count)
    # Efraimidis and Spirakis, 2006: the largest of log(u) / w are a weighted sample without replacement.
    keys = {label: log(1 - rng.random()) / weight for label in candidates if (weight := rules.weights[label])}
    return sorted(keys, key=keys.__getitem__, reverse=True)[:count]
