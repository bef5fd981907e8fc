"""The faces of an evaluation: those that are asked after, and those that may have been trained on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from prompt_engine.faces import FaceSource
from prompt_engine.query import SPLITS
from training.config import TrainingConfig
from training.dataset import open_faces
from training.errors import DataError
from training.evaluation.agreement import GENDER
from training.evaluation.classifier_file import TrainedClassifier
from training.evaluation.faces import Choice, FaceSet, Numbers, choose_faces
from training.evaluation.held_out import (
    HeldOut,
    caption_rules,
    drawn_held_out,
    learned_faces,
    real_held_out,
    training_faces,
)
from training.evaluation.learned_faces import LearnedFaces, Record, find_learned, trained_on
from training.progress import Say

LEAST_FACES = 5


@dataclass(frozen=True)
class FaceWishes:
    """Which faces are wanted; `training` None for those learned from, `training_count` for all of them.

    `config` is that of the run, which tells those learned from; None where there is none.
    """

    spec: str = "drawn"
    held_out: Choice = Choice()
    training: Numbers | None = None
    training_count: int | None = None
    config: TrainingConfig | None = None


@dataclass(frozen=True)
class Sides:
    """Held-out faces with the prompts made for them, and training faces; `apart` the former as a set.

    `apart` is None where people are drawn for the prompts; `learned` where it is not known what was learned
    from, or other training faces are asked for.
    """

    source: FaceSource
    held_out: HeldOut
    training: FaceSet
    apart: FaceSet | None
    learned: LearnedFaces | None = None


def _silent(_line: str) -> None:
    pass


def open_sides(wishes: FaceWishes, record: Record | None, count: int, seed: int, say: Say = _silent) -> Sides:
    """Choose both sides, and `count` prompts.

    Raises:
        DataError, PromptEngineError: no such source, or too few faces in it.
    """
    source = open_faces(wishes.spec, "--faces")
    learned = None if wishes.training else find_learned(source, record, wishes.config, say)
    if source.drawn:
        held_out = drawn_held_out(wishes.spec, source, count, seed)
        return Sides(source, held_out, _training(wishes, source, None, learned, record), None, learned)
    apart = choose_faces(source, wishes.held_out)
    training = _training(wishes, source, apart, learned, record)
    for faces, whose in ((apart, "held-out"), (training, "training")):
        if len(faces.ids) < LEAST_FACES:
            raise DataError(
                f"There are {len(faces.ids)} {whose} faces, and {LEAST_FACES} are needed: choose others"
            )
    held_out = real_held_out(apart, count, seed, caption_rules(record))
    return Sides(source, held_out, training, apart, learned)


def _training(
    wishes: FaceWishes,
    source: FaceSource,
    apart: FaceSet | None,
    learned: LearnedFaces | None,
    record: Record | None,
) -> FaceSet:
    if learned:
        return learned_faces(source, apart, learned, wishes.training_count)
    numbers = wishes.training or _recorded_numbers(source, record)
    return training_faces(source, apart, numbers, wishes.training_count)


def check_judge(classifier: TrainedClassifier, sides: Sides) -> None:
    """Refuse a classifier that learned from the very faces that are held out, or cannot tell the gender.

    Raises:
        DataError: it may have, or cannot.
    """
    if GENDER not in classifier.model.outputs:
        raise DataError(
            "The classifier cannot tell women from men: train one on both, with "
            "`python -m training classifier`."
        )
    learned = classifier.learned_from
    if learned.title != sides.source.title or sides.apart is None:
        return
    if learned.first is None or learned.last is None:
        return
    low, high = sides.apart.ids[0] + 1, sides.apart.ids[-1] + 1
    split = sides.apart.choice.split
    apart = learned.split and split and learned.split != split
    if not apart and learned.first <= high and low <= learned.last:
        raise DataError(
            f"The classifier learned from images {learned.first:,} to {learned.last:,}, and images {low:,} "
            f"to {high:,} are held out: train one on others with `python -m training classifier --images`."
        )


def cautions(sides: Sides, record: Record | None) -> Iterator[str]:
    """What a reader must know about these faces, in sentences."""
    title = trained_on(record).get("title")
    if title and title != sides.source.title:
        yield (
            f"The adapter was trained on {title}, not on {sides.source.title}: distances and memorisation "
            "are against faces it never saw."
        )
    if shared := _perhaps_learned(sides, record):
        yield f"The adapter may have been trained on {shared:,} of the held-out images: choose others."
    if sides.learned and not sides.learned.certain:
        yield (
            "The training faces are not for certain those that the adapter learned from: they were chosen as "
            "its configuration or record says, and their fingerprint is another than its record's."
        )
    if sides.apart is not None and not sides.apart.choice.split:
        yield "The held-out images are not told apart by person: some may show people who were trained on."


def _recorded_numbers(source: FaceSource, record: Record | None) -> Numbers | None:
    """The range of images that the adapter's own record says it learned from, where it is of this source."""
    faces = trained_on(record)
    numbers = faces.get("images") if faces.get("title") == source.title else None
    if not isinstance(numbers, list) or [type(each) for each in numbers] != [int, int]:
        return None
    return numbers[0], numbers[1]


def _perhaps_learned(sides: Sides, record: Record | None) -> int:
    """How many held-out images belong to the split that was trained on, where no range of images is known."""
    faces = trained_on(record)
    if sides.apart is not None and sides.learned:
        return len(set(sides.learned.ids).intersection(sides.apart.ids))
    if sides.apart is None or faces.get("title") != sides.source.title or sides.training.choice.numbers:
        return 0
    split = faces.get("split")
    if split not in SPLITS or not sides.source.splittable:
        return len(sides.apart.ids)
    learned = choose_faces(sides.source, Choice(split))
    return len(set(learned.ids).intersection(sides.apart.ids))
