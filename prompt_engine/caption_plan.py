"""The captions of many faces together: each different one once, and no more of them than asked for.

A caption costs whoever trains on it up to 2.4 MB of embeddings on disk. Where their number is bounded, the
selections that faces are given most often are kept; what is not kept is drawn again, then shortened, and at
last the bare "a woman" or "a man". Where no more than so much of a caption is read, attributes are left
out until it is.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache
from itertools import combinations, product

import numpy as np
import numpy.typing as npt

from prompt_engine.buckets import GENDERS
from prompt_engine.captions import CaptionRules, caption_chance, caption_selection, say_caption, words_seed
from prompt_engine.realiser import realise
from prompt_engine.seeds import derived_seed
from prompt_engine.selection import Selection
from prompt_engine.short_captions import shortened

PHRASINGS = 3  # of one selection where captions are bounded and nothing else is said

Labels = Callable[[int], Set[str]]
Fits = Callable[[str], bool]  # whether all of a sentence is read
Say = Callable[[Selection], tuple[str, ...]]  # the sentences of a selection
Key = tuple[str, tuple[str, ...], tuple[str, ...]]  # a selection's gender, wanted and unwanted attributes
Kept = Mapping[Key, tuple[str, ...]]  # the sentences in which it is said


@dataclass(frozen=True)
class CaptionPlan:
    """Captions, each once, and which of them each face has: `places` (faces, captions a face).

    `shortened`: how many of those name fewer attributes than were drawn, to fit.
    """

    captions: list[str]
    places: npt.NDArray[np.int32]
    shortened: int = 0


@dataclass(frozen=True)
class Request:
    """What is asked of the captions of every face.

    `phrasings`: in how many sentences one selection is said; None for any number. `most`: at most so many
    different captions in all, two at least.
    """

    rules: CaptionRules
    captions_per_face: int
    seed: int
    phrasings: int | None = None
    most: int | None = None


def plan_captions(
    ids: Sequence[int],
    labels: Labels,
    request: Request,
    deciding: int | None = None,
    fits: Fits | None = None,
) -> CaptionPlan:
    """Write the captions of these faces; which are kept depends on the first `deciding` of them, or on all.

    In whatever order the faces come, each has the same captions. `fits`: whether a sentence is read whole,
    None where every one is; one of no attribute is taken to fit.
    """
    fits = cache(fits) if fits else None
    if request.most is not None:
        return _bounded(ids, labels, request, len(ids) if deciding is None else deciding, fits)
    captions: dict[str, int] = {}
    places = np.empty((len(ids), request.captions_per_face), dtype=np.int32)
    shorter = 0
    for row, face_id in enumerate(ids):
        for turn, drawn in enumerate(_selections(face_id, labels(face_id), request)):
            say = _own_words(face_id, turn, request)
            selection = _fitting(drawn, face_id, turn, request, say, fits)
            shorter += selection != drawn
            places[row, turn] = captions.setdefault(say(selection)[0], len(captions))
    return CaptionPlan(list(captions), places, shorter)


def _selections(face_id: int, labels: Set[str], request: Request) -> Iterator[Selection]:
    """What each caption of a face is to name."""
    for turn in range(request.captions_per_face):
        yield caption_selection(labels, caption_chance(face_id, turn, request.seed), request.rules)


def _own_words(face_id: int, turn: int, request: Request) -> Say:
    """The one sentence in which a face's caption says any selection."""
    style, seed, phrasings = request.rules.style, request.seed, request.phrasings
    return lambda selection: (say_caption(selection, face_id, turn, style, seed, phrasings),)


def _fitting(
    selection: Selection,
    face_id: int,
    turn: int,
    request: Request,
    say: Say,
    fits: Fits | None,
) -> Selection:
    """The selection, or as much of it as one of its sentences has room for."""
    if fits is None:
        return selection
    rng = random.Random(derived_seed(request.seed, "shorter", face_id, turn))
    return shortened(selection, lambda each: any(map(fits, say(each))), rng)


def _bounded(
    ids: Sequence[int], labels: Labels, request: Request, deciding: int, fits: Fits | None
) -> CaptionPlan:
    def say(selection: Selection) -> tuple[str, ...]:
        sentences = _sentences(selection, request)
        return tuple(filter(fits, sentences)) if fits else sentences

    selections, drawn, shorter = _draw(ids, labels, request, say, fits)
    kept = _keep(selections, np.bincount(drawn[:deciding].ravel(), minlength=len(selections)), request, say)
    captions: dict[str, int] = {}
    places = np.empty_like(drawn)
    for row, face_id in enumerate(ids):
        for turn, number in enumerate(drawn[row].tolist()):
            sentences = kept.get(_key(selections[number]))
            if sentences is None:
                sentences = _instead(face_id, turn, selections[number], labels(face_id), request, kept)
            which = derived_seed(request.seed, "words", face_id, turn) % len(sentences)
            places[row, turn] = captions.setdefault(sentences[which], len(captions))
    return CaptionPlan(list(captions), places, shorter)


def _draw(
    ids: Sequence[int], labels: Labels, request: Request, say: Say, fits: Fits | None
) -> tuple[list[Selection], npt.NDArray[np.int32], int]:
    """Different selections, which of them each caption of each face is to name, and how many are short."""
    numbers: dict[Selection, int] = {}
    drawn = np.empty((len(ids), request.captions_per_face), dtype=np.int32)
    shorter = 0
    for row, face_id in enumerate(ids):
        for turn, whole in enumerate(_selections(face_id, labels(face_id), request)):
            selection = _fitting(whole, face_id, turn, request, say, fits)
            shorter += selection != whole
            drawn[row, turn] = numbers.setdefault(selection, len(numbers))
    return list(numbers), drawn, shorter


def _keep(selections: Sequence[Selection], counts: npt.NDArray[np.int64], request: Request, say: Say) -> Kept:
    """The most frequent selections, as many as there is room for; ties fall by the seed."""
    said: dict[Key, tuple[str, ...]] = {_key(bare): (realise(bare),) for bare in map(Selection, GENDERS)}
    left = (request.most or 0) - len(said)
    wanted = _with_single_parts(selections, counts)
    order = sorted(wanted, key=lambda each: (-wanted[each], derived_seed(request.seed, "tie", *_names(each))))
    for selection in order:
        if _key(selection) not in said and (sentences := say(selection)):
            left -= len(sentences)
            if left < 0:
                break
            said[_key(selection)] = sentences
    return said


def _with_single_parts(
    selections: Sequence[Selection], counts: npt.NDArray[np.int64]
) -> Mapping[Selection, int]:
    """How often each selection is drawn; a single attribute also as a part of others, to stand for them."""
    wanted: Counter[Selection] = Counter()
    singles: Counter[tuple[str, str, bool]] = Counter()
    for selection, count in zip(selections, counts.tolist(), strict=True):
        if count:
            wanted[selection] += count
            singles.update({(selection.gender, label, True): count for label in selection.wanted})
            singles.update({(selection.gender, label, False): count for label in selection.unwanted})
    for (gender, label, carried), count in singles.items():
        single = Selection(gender, (label,)) if carried else Selection(gender, (), (label,))
        wanted[single] = count
    return wanted


def _sentences(selection: Selection, request: Request) -> tuple[str, ...]:
    varied = request.rules.style == "varied"
    seeds = (
        words_seed(selection, number, request.seed)
        for number in range((request.phrasings or PHRASINGS) if varied else 1)
    )
    return tuple(dict.fromkeys(realise(selection, request.rules.style, seed) for seed in seeds))


def _instead(
    face_id: int, turn: int, selection: Selection, labels: Set[str], request: Request, kept: Kept
) -> tuple[str, ...]:
    """Another selection of the face that is kept, else one of the longest parts of this one that are."""
    rng = random.Random(derived_seed(request.seed, "instead", face_id, turn))
    again = kept.get(_key(caption_selection(labels, rng, request.rules)))
    if again is not None:
        return again
    parts = _longest_parts(selection, kept)
    return kept[parts[int(rng.random() * len(parts))]]


def _longest_parts(selection: Selection, kept: Kept) -> list[Key]:
    """The parts of a selection that are kept and name the most; at last the bare gender, which always is."""
    gender, wanted, unwanted = _key(selection)
    for size in range(len(wanted) + len(unwanted) - 1, 0, -1):
        parts = [
            part
            for some in range(max(0, size - len(unwanted)), min(size, len(wanted)) + 1)
            for part in product((gender,), combinations(wanted, some), combinations(unwanted, size - some))
            if part in kept
        ]
        if parts:
            return parts
    return [(gender, (), ())]


def _key(selection: Selection) -> Key:
    return selection.gender, selection.wanted, selection.unwanted


def _names(selection: Selection) -> tuple[str, ...]:
    return selection.gender, *selection.wanted, "without", *selection.unwanted
