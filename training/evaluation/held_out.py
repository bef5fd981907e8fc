"""What is asked of both arms: prompts of faces that were not trained on, and those faces themselves."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from prompt_engine.captions import CaptionRules, caption_selection
from prompt_engine.faces import Face, FaceSource
from prompt_engine.faces.consistency import consistent
from prompt_engine.faces.looks import draw
from prompt_engine.faces.person import person
from prompt_engine.sampler import sample_selection
from prompt_engine.seeds import derived_seed
from prompt_engine.selection import Selection
from training.dataset import DRAWN
from training.errors import DataError
from training.evaluation.classifier import SIZE_PX
from training.evaluation.faces import Choice, FaceSet, Numbers, choose_faces
from training.evaluation.learned_faces import LearnedFaces

LOOKED_AT = 1000  # held-out faces at most, or all that have prompts
DRAWN_TRAINING = 1000  # drawing one takes 10 ms


@dataclass(frozen=True)
class HeldOut:
    """`selections` to ask for; `faces` gives the real faces beside them, `count` of them.

    Selection i was made for face i % count. `others` are held out too, and have no prompt; None where there
    are no more.
    """

    words: str
    count: int
    selections: tuple[Selection, ...]
    faces: Callable[[], Iterator[Face]]
    others: Callable[[], Iterator[Face]] | None


def random_selections(count: int, seed: int) -> tuple[Selection, ...]:
    """Selections of three attributes by the documented weights."""
    rng = random.Random(seed)
    return tuple(sample_selection(rng) for _ in range(count))


def drawn_held_out(spec: str, source: FaceSource, count: int, seed: int) -> HeldOut:
    """Random selections, and a new person drawn for each."""
    selections = random_selections(count, seed)
    look = spec.removeprefix(DRAWN) if spec.startswith(DRAWN) else "photographic"
    return HeldOut(
        "drawn for the prompts",
        count,
        selections,
        lambda: _people(source, look, selections, seed),
        None,
    )


def real_held_out(faces: FaceSet, count: int, seed: int, rules: CaptionRules) -> HeldOut:
    """Selections out of the labels of faces drawn by the seed; several of a face where there are too few."""
    order = np.random.default_rng((seed, 42)).permutation(len(faces.ids))
    shuffled = tuple(faces.ids[each] for each in order)
    chosen, others = (replace(faces, ids=ids) for ids in (shuffled[:count], shuffled[count:LOOKED_AT]))
    labels = chosen.labels()
    selections = tuple(
        caption_selection(labels[turn % len(labels)], random.Random(derived_seed(seed, "asked", turn)), rules)
        for turn in range(count)
    )
    return HeldOut(faces.words, len(labels), selections, chosen.faces, others.faces if others.ids else None)


def caption_rules(record: Mapping[str, Any] | None) -> CaptionRules:
    """The rules by which the adapter's captions were written, as far as its record tells them."""
    found = (record or {}).get("captions")
    captions = found if isinstance(found, Mapping) else {}
    plain = CaptionRules()
    return CaptionRules(
        tuple(captions.get("attributes", plain.sizes)),
        captions.get("absences", plain.absences),
        tuple(captions.get("tier_weights", plain.tier_weights)),
    )


def learned_faces(
    source: FaceSource, held_out: FaceSet | None, learned: LearnedFaces, count: int | None
) -> FaceSet:
    """The faces that were learned from; of drawn ones the first, as `training_faces` takes them.

    Raises:
        DataError: some of them are held out.
    """
    apart = set(held_out.ids) if held_out else set()
    if learned.certain and (both := apart.intersection(learned.ids)):
        raise DataError(
            f"The adapter learned from image {min(both) + 1:,}, which is held out: choose other images to "
            "hold out with --images."
        )
    ids = tuple(each for each in learned.ids if each not in apart)
    ids = ids[: count or (DRAWN_TRAINING if held_out is None else None)]
    which = f"images {ids[0] + 1:,} to {ids[-1] + 1:,}, " if ids else ""
    some = "" if len(ids) == len(learned.ids) else f"{len(ids):,} of the {len(learned.ids):,} "
    sure = "that it learned from" if learned.certain else "that it may have learned from, by its record"
    return FaceSet(source, ids, Choice(), f"{which}{some or 'those '}{sure}")


def training_faces(
    source: FaceSource, held_out: FaceSet | None, numbers: Numbers | None, count: int | None
) -> FaceSet:
    """The faces that may have been trained on: those of `numbers`, or else all that were not held out.

    Of drawn faces the first, `DRAWN_TRAINING` of them unless `count` says otherwise.

    Raises:
        DataError: some of `numbers` are held out.
    """
    if held_out is None:
        return choose_faces(source, Choice(numbers=numbers, count=count or DRAWN_TRAINING))
    # Of a split held out, the training split was learned from; of a range, whatever else is there.
    split = "train" if held_out.choice.split and not numbers else None
    found = choose_faces(source, Choice(split, numbers, held_out.choice.blurry))
    apart = set(held_out.ids)
    if numbers and (both := apart.intersection(found.ids)):
        raise DataError(
            f"Images {numbers[0]:,} to {numbers[1]:,} were trained on, and image {min(both) + 1:,} of them "
            "is held out: choose other images to hold out with --images."
        )
    return replace(found, ids=tuple(each for each in found.ids if each not in apart)[:count])


def _people(source: FaceSource, look: str, selections: tuple[Selection, ...], seed: int) -> Iterator[Face]:
    """For each selection somebody who has it, otherwise as in the drawn population."""
    rng = np.random.default_rng((2, seed))
    for number, selection in enumerate(selections):
        labels = source.labels(int(rng.choice(source.ids())))
        while ("Male" in labels) != (selection.gender == "male"):
            labels = source.labels(int(rng.choice(source.ids())))
        carried = consistent([*sorted(selection.labels), *sorted(labels)])
        yield Face(f"asked-{number}", draw(person(carried, rng), look, SIZE_PX, rng), carried)
