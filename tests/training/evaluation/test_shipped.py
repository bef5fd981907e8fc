"""The shipped model, adapter and classifier keep what `assets/README.md` promises, on a small sample."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from generation.adapter_file import adapter_revision, read_adapter_header, resolve_adapter
from generation.adapters import attach_adapter
from generation.models import model_spec
from generation.pipelines import load_pipeline, model_revision
from prompt_engine.faces.folder import FolderFaces
from training.demo_assets.autoencoder import psnr_db
from training.evaluation.classifier import OUTPUTS, load_classifier
from training.evaluation.learn import accuracy
from training.evaluation.measure import RELIABLE, measure, random_selections


def test_the_classifier_is_as_right_as_its_file_says() -> None:
    classifier, promised = load_classifier()
    found = accuracy(classifier, seed=77, count=150)
    assert set(promised) == set(OUTPUTS)
    reported = [label for label, share in promised.items() if share >= RELIABLE]
    assert len(reported) >= 30
    assert np.mean([found[label] for label in reported]) >= 0.97


def test_model_adapter_and_table_belong_together(repository: Path) -> None:
    model, adapter = model_revision(model_spec("demo")), resolve_adapter("demo")
    record = read_adapter_header(adapter).record
    assert record is not None
    assert record["base_model"]["revision"] == model
    table = (repository / "assets" / "README.md").read_text(encoding="utf-8")
    assert f"model {model[:12]}, adapter {adapter_revision(adapter)[:12]}" in table


def test_vanilla_follows_the_prompt_and_the_adapter_changes_the_look_alone() -> None:
    spec = model_spec("demo")
    pipeline = load_pipeline(spec)
    attach_adapter(pipeline, resolve_adapter("demo"))
    classifier, promised = load_classifier()
    found = measure(pipeline, spec, classifier, promised, random_selections(40, 5), 5, say=lambda _line: None)
    vanilla, tuned = found["vanilla"], found["fine_tuned"]
    assert vanilla.seen_share >= 0.8  # 85 % over 500 selections; 40 of them leave room for chance
    assert tuned.seen_share >= vanilla.seen_share - 0.08
    assert tuned.distance <= 0.7 * vanilla.distance  # the distance of 40 portraits is itself uncertain


def test_the_autoencoder_carries_photographs_it_never_saw(celeba_dir: Path) -> None:
    faces = FolderFaces(celeba_dir)
    images = [faces.face(number).image for number in faces.ids()[:60]]
    squares = [image.crop((0, 20, 178, 198)).resize((96, 96), Image.Resampling.LANCZOS) for image in images]
    autoencoder = load_pipeline(model_spec("demo"), device="cpu").vae
    with torch.no_grad():
        assert psnr_db(autoencoder, np.stack([np.asarray(square) for square in squares])) >= 22


def test_evaluating_without_a_classifier_says_how_to_make_one(tmp_path: Path) -> None:
    from training.errors import DataError

    with pytest.raises(DataError, match="demo-assets"):
        load_classifier(tmp_path / "none.safetensors")
