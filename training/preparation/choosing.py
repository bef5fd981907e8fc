"""Which faces of a source are learned from, and which are held out to see how well it goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from prompt_engine.faces import FaceSource
from prompt_engine.image_hashes import ImageHashes
from prompt_engine.near_duplicates import MOST_PAIRS, ImageHash, find_near_duplicates
from prompt_engine.query import Query
from training.config import DataConfig, TrainingConfig
from training.errors import DataError
from training.preparation.progress import Progress
from training.progress import Say


@dataclass(frozen=True)
class Chosen:
    """The ids of faces to learn from and of others; `copies`: how many show a picture that is among them."""

    learned: list[int]
    held_out: list[int]
    copies: int


def choose_faces(config: TrainingConfig, source: FaceSource, say: Say) -> Chosen:
    """The first faces of the split, never blurry ones, and of those that show one picture only one.

    Held out are validation images where training images are learned from; else the faces that come next.

    Raises:
        DataError: the source has no such face, or cannot tell the split.
    """
    data, wanted = config.data, config.validation.held_out
    of_split = candidate_ids(source, data)
    reserved = _validation_ids(source, data.split) if wanted else []
    if data.near_duplicates or source.drawn:
        learned, others = of_split, reserved
    else:
        first = _first_of_each(source, [*of_split, *reserved], say)
        learned, others = ([each for each in ids if each in first] for ids in (of_split, reserved))
    copies = len(of_split) - len(learned)
    if others:
        return Chosen(learned[: data.count], others[:wanted], copies)
    count = len(learned) - wanted if data.count is None else min(data.count, len(learned))
    if wanted and not 0 < count < len(learned):
        raise DataError(
            f"{source.title} has {len(learned):,} faces, and none is left to hold out: lower data.count, or "
            f"validation.held_out (it is {wanted})"
        )
    return Chosen(learned[:count], learned[count : count + wanted], copies)


def candidate_ids(source: FaceSource, data: DataConfig) -> list[int]:
    """The faces of the split and of the range of images that are asked for, in order.

    Drawn portraits have no splits: all of them.

    Raises:
        DataError: the source has no such face, or cannot tell the split.
    """
    split = data.split
    if split != "all" and not source.splittable and not source.drawn:
        raise DataError(
            f"{source.title} does not tell which images are for {split}: "
            'put CelebA\'s list_eval_partition.txt into Eval, or set data.split = "all"'
        )
    query = Query(split=split) if split != "all" and source.splittable else None
    ids = list(source.ids(query))
    if data.images:
        low, high = data.images
        ids = [each for each in ids if low <= each + 1 <= high]
    if not ids:
        asked = [f", split {split}" if query else "", f", images {list(data.images)}" if data.images else ""]
        raise DataError(
            f"{source.title}{''.join(asked)}, has no face to train on: name another source in data.faces, or "
            "other images in data.split and data.images"
        )
    return ids


def _validation_ids(source: FaceSource, split: str) -> list[int]:
    if split != "train" or not source.splittable:
        return []
    return list(source.ids(Query(split="validation")))


def _first_of_each(source: FaceSource, ids: Sequence[int], say: Say) -> set[int]:
    """Of all faces that show the same picture the first of `ids`; of those that are alone, themselves."""
    order = {each: place for place, each in enumerate(ids)}
    groups: dict[int, int] = {}  # a face → an earlier one with the same picture, at last the first

    def first(each: int) -> int:
        while (earlier := groups.get(each, each)) != each:
            each = earlier
        return each

    pairs = find_near_duplicates(source, _hash_all(source, say))
    if len(pairs) >= MOST_PAIRS:
        say(f"No more than {MOST_PAIRS:,} pairs of like images are compared: some near-duplicates may stay")
    for pair in pairs:
        if pair.same_picture and order.keys() >= set(pair.ids):
            one, other = sorted(map(first, pair.ids), key=order.__getitem__)
            groups[other] = one
    return {each for each in ids if first(each) == each}


def _hash_all(source: FaceSource, say: Say) -> Mapping[int, ImageHash]:
    """The hashes of all images: made once, and kept by the prompt engine."""
    hashes = ImageHashes(source)
    progress = Progress("looking for near-duplicates", "images", len(hashes.missing), say)
    for _ in hashes.make():
        progress.add(1)
    return hashes.by_id
