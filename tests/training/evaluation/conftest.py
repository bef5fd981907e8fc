"""A small evaluation of the shipped adapter, made once, and pictures of nobody."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from generation.evaluation.report import EvaluationReport
from prompt_engine.attributes import LABELS
from training.dataset import open_faces
from training.evaluation.evaluate import Evaluated, Evaluation, evaluate
from training.evaluation.sides import FaceWishes


@pytest.fixture(scope="package")
def evaluated() -> Evaluated:
    """The shipped adapter over 20 prompts of drawn people, one batch, in few steps."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return evaluate(
            Evaluation(count=20, steps=6, seed=5, faces=FaceWishes(training_count=40)), say=lambda _line: None
        )
    finally:
        torch.set_num_threads(threads)


@pytest.fixture(scope="package")
def report(evaluated: Evaluated) -> EvaluationReport:
    """Its report."""
    return evaluated.report


@pytest.fixture(scope="package")
def drawn_celeba(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in CelebA's layout with 60 drawn people: 40 to train with, 20 to test; image 3 is blurry."""
    root = tmp_path_factory.mktemp("celeba")
    for folder in ("Anno", "Eval", "Img/img_align_celeba"):
        (root / folder).mkdir(parents=True)
    source = open_faces("drawn:photographic")
    rows, splits = [], []
    for number in range(1, 61):
        name, face = f"{number:06}.jpg", source.face(number)
        labels = face.labels | ({"Blurry"} if number == 3 else set())
        rows.append(f"{name} {' '.join('1' if label in labels else '-1' for label in LABELS)}")
        splits.append(f"{name} {0 if number <= 40 else 2}")
        face.image.save(root / "Img/img_align_celeba" / name, quality=95)
    head = [str(len(rows)), " ".join(LABELS)]
    (root / "Anno" / "list_attr_celeba.txt").write_text("\n".join(head + rows) + "\n")
    (root / "Eval" / "list_eval_partition.txt").write_text("\n".join(splits) + "\n")
    return root
