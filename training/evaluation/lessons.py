"""The faces a classifier learns from, and those it is tried on: of any source, or drawn for it alone."""

from collections.abc import Sequence, Set
from dataclasses import dataclass

import numpy as np

from prompt_engine.attributes import LABELS
from training.dataset import fitted
from training.demo_assets.people import draw_people
from training.errors import DataError
from training.evaluation.classifier import DRAWN_OUTPUTS, PHOTOGRAPHIC, SIZE_PX
from training.evaluation.faces import FaceSet
from training.evaluation.learn import Lessons
from training.evaluation.scores import label_table

LOOKS = ("flat", "photographic")
DRAWN, DRAWN_HELD_OUT = 6000, 1000  # of each look
HELD_OUT_SHARE = 0.15
LEAST_FACES = 20


@dataclass(frozen=True)
class Course:
    """What is learned, from what, and what it is tried on."""

    outputs: tuple[str, ...]
    lessons: Lessons
    held_out: Lessons


def drawn_course(seed: int, count: int = DRAWN, held_out: int = DRAWN_HELD_OUT) -> Course:
    """People drawn in both looks, each attribute common; `count` and `held_out` of each look."""
    return Course(DRAWN_OUTPUTS, drawn_lessons(count, seed), drawn_lessons(held_out, seed + 1))


def drawn_lessons(count: int, seed: int) -> Lessons:
    """`count` drawn people in each look."""
    images, people = [], []
    for look in LOOKS:
        drawn, labels = draw_people(count, look, SIZE_PX, 1000 + seed)
        images.append(drawn)
        people += [each | ({PHOTOGRAPHIC} if look == "photographic" else set()) for each in labels]
    return Lessons(np.concatenate(images), label_table(people, DRAWN_OUTPUTS))


def real_course(faces: FaceSet, seed: int) -> Course:
    """Faces of a source, a part of them drawn by the seed and held out.

    Raises:
        DataError: they are too few.
    """
    if len(faces.ids) < LEAST_FACES:
        raise DataError(
            f"A classifier needs {LEAST_FACES} faces and more, and there are {len(faces.ids)}: choose others"
        )
    people = faces.labels()
    order = np.random.default_rng((seed, 41)).permutation(len(people))
    apart = max(1, round(len(people) * HELD_OUT_SHARE))
    held_out, learned = np.sort(order[:apart]), np.sort(order[apart:])
    outputs = _told_apart([people[each] for each in learned])
    images = np.stack([fitted(face.image, SIZE_PX) for face in faces.faces()])
    everyone = Lessons(images, label_table(people, outputs))
    return Course(outputs, _part(everyone, learned), _part(everyone, held_out))


def _told_apart(people: Sequence[Set[str]]) -> tuple[str, ...]:
    """The labels that some carry and some do not: of any other there is nothing to learn."""
    return tuple(label for label in LABELS if 0 < sum(label in each for each in people) < len(people))


def _part(lessons: Lessons, rows: np.ndarray) -> Lessons:
    return Lessons(lessons.images[rows], lessons.carried[rows])
