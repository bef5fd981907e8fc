"""The shipped model, adapter and classifier keep what `assets/README.md` promises, on a small sample."""

from pathlib import Path

import numpy as np
import torch

from generation.adapters.file import adapter_revision, read_adapter_header, resolve_adapter
from generation.evaluation.report import EvaluationReport
from generation.loading.pipelines import load_pipeline, model_revision
from generation.models import model_spec
from prompt_engine.faces.folder import FolderFaces
from training.dataset import fitted
from training.demo_assets.autoencoder import psnr_db
from training.evaluation.classifier import DRAWN_OUTPUTS
from training.evaluation.classifier_file import load_classifier
from training.evaluation.lessons import drawn_lessons
from training.evaluation.schooling import score_classifier


def test_the_classifier_is_as_right_as_its_file_says() -> None:
    shipped = load_classifier()
    found = score_classifier(shipped.model, drawn_lessons(60, seed=77))
    assert set(shipped.scores) == set(DRAWN_OUTPUTS)
    good = [label for label, score in shipped.scores.items() if score.accuracy >= 0.97]
    assert len(good) >= 30
    assert np.mean([found[label].accuracy for label in good]) >= 0.97


def test_model_adapter_and_table_belong_together(repository: Path) -> None:
    model, adapter = model_revision(model_spec("demo")), resolve_adapter("demo")
    record = read_adapter_header(adapter).record
    assert record is not None
    assert record["base_model"]["revision"] == model
    table = (repository / "assets" / "README.md").read_text(encoding="utf-8")
    assert f"model {model[:12]}, adapter {adapter_revision(adapter)[:12]}" in table


def test_vanilla_follows_the_prompt_and_the_adapter_changes_the_look_alone(report: EvaluationReport) -> None:
    seen, kid = report.measure("attributes_seen"), report.measure("kid")
    assert seen is not None and kid is not None
    assert seen.vanilla.value >= 0.8  # few prompts and steps leave room for chance
    assert seen.fine_tuned.value >= seen.vanilla.value - 0.1
    assert kid.fine_tuned.value <= 0.7 * kid.vanilla.value


def test_the_autoencoder_carries_photographs_it_never_saw(celeba_dir: Path) -> None:
    faces = FolderFaces(celeba_dir)
    squares = np.stack([fitted(faces.face(number).image, 96) for number in faces.ids()[:20]])
    autoencoder = load_pipeline(model_spec("demo"), device="cpu").vae
    with torch.no_grad():
        assert psnr_db(autoencoder, squares) >= 22
