"""`python -m training classifier`: a classifier of the attributes, by which adapters are evaluated."""

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch

from training.arguments import seed_number, whole_number
from training.dataset import open_faces
from training.evaluation.classifier import AttributeClassifier, classify, copy_body
from training.evaluation.classifier_file import DEFAULT_PATH, LearnedFrom, load_classifier, save_classifier
from training.evaluation.faces import Choice, add_choice_arguments, choice_of, choose_faces
from training.evaluation.learn import Lessons, train_classifier
from training.evaluation.lessons import DRAWN, Course, drawn_course, real_course
from training.evaluation.scores import Score, score_outputs
from training.pixels import to_pixels

DRAWN_FACES = "drawn"
DRAWN_STEPS, REAL_STEPS = 1000, 500  # more steps on 2,000 real faces learn them by heart


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    add_choice_arguments(parser, "what it learns from", "train")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="the safetensors file to make"
    )
    parser.add_argument(
        "--count", type=whole_number(2, 10**6), help="at most so many faces, of drawn ones of each look"
    )
    parser.add_argument(
        "--steps", type=whole_number(1, 10**6), help="how long it learns (500; drawn faces: 1,000)"
    )
    parser.add_argument("--seed", type=seed_number, default=0, help="of all that is drawn by chance")


def run(arguments: argparse.Namespace) -> None:
    """Trains, tries it on the part that was held out, and writes it."""
    if not arguments.out.parent.is_dir():
        raise FileNotFoundError(2, "no such folder", str(arguments.out.parent))
    torch.manual_seed(arguments.seed)
    course, learned_from = _course(arguments)
    print(f"{learned_from.faces:,} faces to learn from, {learned_from.held_out:,} held out", flush=True)
    model = AttributeClassifier(course.outputs)
    if arguments.faces != DRAWN_FACES:
        copy_body(load_classifier(DEFAULT_PATH).model, model)
    train_classifier(model, course.lessons, learned_from.steps, arguments.seed)
    scores = score_classifier(model, course.held_out)
    print(render_scores(scores), flush=True)
    save_classifier(model, learned_from, scores, arguments.out)
    print(f"The classifier is in {arguments.out}.", flush=True)


def score_classifier(model: AttributeClassifier, held_out: Lessons) -> Mapping[str, Score]:
    """How often each output is right on faces that it did not learn from."""
    seen, _ = classify(model, to_pixels(held_out.images))
    return score_outputs(seen, held_out.carried, model.outputs)


def render_scores(scores: Mapping[str, Score]) -> str:
    """A line for each output: the faces that carry it, accuracy and balanced accuracy."""
    lines = [f"{'attribute':<22}{'with':>6}{'without':>9}{'accuracy':>10}{'balanced':>10}"]
    for label, score in scores.items():
        balanced = score.balanced_accuracy
        shown = "-" if balanced is None else f"{balanced:.1%}"
        lines.append(
            f"{label:<22}{score.positives:>6,}{score.negatives:>9,}{score.accuracy:>10.1%}{shown:>10}"
        )
    return "\n".join(lines)


def _course(arguments: argparse.Namespace) -> tuple[Course, LearnedFrom]:
    if arguments.faces == DRAWN_FACES:
        course = drawn_course(arguments.seed, arguments.count or DRAWN)
        return course, drawn_record(course, arguments.seed, arguments.steps or DRAWN_STEPS)
    source = open_faces(arguments.faces)
    choice: Choice = choice_of(arguments, "train", source.drawn)
    faces = choose_faces(source, replace(choice, count=arguments.count))
    course = real_course(faces, arguments.seed)
    return course, LearnedFrom(
        source.title,
        len(course.lessons.images),
        len(course.held_out.images),
        arguments.seed,
        arguments.steps or REAL_STEPS,
        faces.ids[0] + 1,
        faces.ids[-1] + 1,
        choice.split,
    )


def drawn_record(course: Course, seed: int, steps: int) -> LearnedFrom:
    """What a classifier of drawn faces learned from."""
    counts = len(course.lessons.images), len(course.held_out.images)
    return LearnedFrom("Drawn portraits of both looks", *counts, seed, steps)
