"""Trains a classifier on a course, tries it on what was held out, and keeps it with its scores."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch

from training.evaluation.classifier import AttributeClassifier, classify, copy_body
from training.evaluation.classifier_file import DEFAULT_PATH, LearnedFrom, load_classifier, save_classifier
from training.evaluation.faces import FaceSet
from training.evaluation.learn import Lessons, train_classifier
from training.evaluation.lessons import Course
from training.evaluation.scores import Score, score_outputs
from training.pixels import to_pixels

DRAWN_STEPS, REAL_STEPS = 1000, 500  # more steps on 2,000 real faces learn them by heart


def school(
    course: Course, learned_from: LearnedFrom, out: Path, state: Path | None = None
) -> Mapping[str, Score]:
    """Write the trained classifier to `out`; with `state`, a stopped training goes on from there.

    Of real faces, of which there may be few, it begins with what the shipped one has learned to see.
    """
    torch.manual_seed(learned_from.seed)
    model = AttributeClassifier(course.outputs)
    if learned_from.first is not None:
        copy_body(load_classifier(DEFAULT_PATH).model, model)
    train_classifier(model, course.lessons, learned_from.steps, learned_from.seed, state)
    scores = score_classifier(model, course.held_out)
    save_classifier(model, learned_from, scores, out)
    return scores


def score_classifier(model: AttributeClassifier, held_out: Lessons) -> Mapping[str, Score]:
    """How often each output is right on faces that it did not learn from."""
    seen, _ = classify(model, to_pixels(held_out.images))
    return score_outputs(seen, held_out.carried, model.outputs)


def drawn_record(course: Course, seed: int, steps: int = DRAWN_STEPS) -> LearnedFrom:
    """What a classifier of drawn faces learned from."""
    counts = len(course.lessons.images), len(course.held_out.images)
    return LearnedFrom("Drawn portraits of both looks", *counts, seed, steps)


def real_record(course: Course, faces: FaceSet, seed: int, steps: int = REAL_STEPS) -> LearnedFrom:
    """What a classifier of a source's faces learned from."""
    counts = len(course.lessons.images), len(course.held_out.images)
    numbers = faces.ids[0] + 1, faces.ids[-1] + 1
    return LearnedFrom(faces.source.title, *counts, seed, steps, *numbers, faces.choice.split)
