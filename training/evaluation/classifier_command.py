"""`python -m training classifier`: a classifier of the attributes, by which adapters are evaluated."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from generation.chatter import silence_libraries
from training.arguments import seed_number, whole_number
from training.evaluation.faces import add_choice_arguments, choice_of, choose_faces, refuse_choice
from training.evaluation.scores import Score

if TYPE_CHECKING:
    from training.evaluation.classifier_file import LearnedFrom
    from training.evaluation.lessons import Course

DRAWN = "drawn"


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
    silence_libraries()
    from training.evaluation.schooling import school

    if not arguments.out.parent.is_dir():
        raise FileNotFoundError(2, "no such folder", str(arguments.out.parent))
    if arguments.out.is_dir():
        raise IsADirectoryError(21, "it is a folder, name a file", str(arguments.out))
    course, learned_from = _course(arguments)
    print(f"{learned_from.faces:,} faces to learn from, {learned_from.held_out:,} held out", flush=True)
    scores = school(course, learned_from, arguments.out)
    print(f"{render_scores(scores)}\nThe classifier is in {arguments.out}.", flush=True)


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
    # Here, and not above, what needs torch: --help need not wait for it.
    from training.dataset import open_faces
    from training.evaluation.lessons import drawn_course, real_course
    from training.evaluation.schooling import drawn_record, real_record

    some = {} if arguments.count is None else {"count": arguments.count}
    steps = {} if arguments.steps is None else {"steps": arguments.steps}
    if arguments.faces == DRAWN:
        refuse_choice(arguments)
        course = drawn_course(arguments.seed, **some)
        return course, drawn_record(course, arguments.seed, **steps)
    source = open_faces(arguments.faces, "--faces")
    choice = choice_of(arguments, "train", source.drawn)
    faces = choose_faces(source, replace(choice, count=arguments.count))
    course = real_course(faces, arguments.seed)
    return course, real_record(course, faces, arguments.seed, **steps)
