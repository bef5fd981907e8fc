"""The caches: computed once, and again exactly when something they depend on has changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from diffusers import StableDiffusion3Pipeline
from tokenizers import Tokenizer

from prompt_engine.faces.drawn import DrawnFaces
from training.dataset import fingerprint_faces, open_faces
from training.embeddings import cached_latents, cached_text
from training.errors import DataError


@pytest.fixture
def pipeline(random_model: Path) -> StableDiffusion3Pipeline:
    return StableDiffusion3Pipeline.from_pretrained(random_model, text_encoder_3=None, tokenizer_3=None)


def test_faces_and_captions_are_encoded_once(pipeline: StableDiffusion3Pipeline, tmp_path: Path) -> None:
    source, reports = open_faces("drawn:photographic"), []

    def fill() -> torch.Tensor:
        cached_text(pipeline, ["a man with a hat", "", "a man with a hat"], 0, tmp_path, report)
        return cached_latents(pipeline, source, [0, 1, 2], 96, tmp_path, report).take([2, 0])

    def report(what: str, done: int, total: int) -> None:
        reports.append((what, done, total))

    first, again = fill(), fill()
    assert reports == [("captions", 2, 2), ("latents", 3, 3)]
    assert torch.equal(first, again)
    assert first.shape == (2, 16, 12, 12)


def test_another_encoder_other_faces_or_another_look_are_other_caches(
    pipeline: StableDiffusion3Pipeline, tmp_path: Path
) -> None:
    def files_after(faces: str, ids: list[int]) -> int:
        cached_latents(pipeline, open_faces(faces), ids, 96, tmp_path, lambda *_: None)
        return len(list(tmp_path.iterdir()))

    assert files_after("drawn:photographic", [0, 1]) == 1
    assert files_after("drawn:photographic", [0, 1]) == 1
    assert files_after("drawn:photographic", [0, 2]) == 2
    assert files_after("drawn:flat", [0, 1]) == 3
    pipeline.vae.encoder.conv_in.weight.data += 0.01
    assert files_after("drawn:photographic", [0, 1]) == 4
    pipeline.vae.register_to_config(scaling_factor=1.5305)
    assert files_after("drawn:photographic", [0, 1]) == 5


def test_a_tokenizer_that_splits_words_otherwise_makes_another_cache(
    pipeline: StableDiffusion3Pipeline, tmp_path: Path
) -> None:
    def files_after_text() -> int:
        cached_text(pipeline, ["a man"], 0, tmp_path, lambda *_: None)
        return len(list(tmp_path.iterdir()))

    assert [files_after_text(), files_after_text()] == [1, 1]
    rules = json.loads(pipeline.tokenizer.backend_tokenizer.to_str())
    rules["model"]["merges"].pop()
    pipeline.tokenizer._tokenizer = Tokenizer.from_str(json.dumps(rules))
    assert files_after_text() == 2
    pipeline.text_encoder.config.eos_token_id = 2
    assert files_after_text() == 3


class Relabelled(DrawnFaces):
    """One person smiles, or no longer does."""

    def labels(self, id: int) -> frozenset[str]:
        return super().labels(id) ^ ({"Smiling"} if id == 21 else set())


def test_one_other_label_makes_other_faces() -> None:
    ids = range(40)
    assert fingerprint_faces(DrawnFaces("flat"), ids) == fingerprint_faces(DrawnFaces("flat"), ids)
    assert fingerprint_faces(DrawnFaces("flat"), ids) != fingerprint_faces(Relabelled("flat"), ids)


def test_encoding_that_is_interrupted_leaves_no_cache(
    pipeline: StableDiffusion3Pipeline, tmp_path: Path
) -> None:
    def interrupt(*_report: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cached_latents(pipeline, open_faces("drawn:photographic"), [0], 96, tmp_path, interrupt)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("spec", ["drawn:crayon", "folder:/no/such/place", "painted"])
def test_faces_that_are_not_there_are_refused(spec: str) -> None:
    with pytest.raises(DataError, match="data.faces"):
        open_faces(spec)


def test_real_faces_are_encoded_too(
    pipeline: StableDiffusion3Pipeline, celeba_dir: Path, tmp_path: Path
) -> None:
    source = open_faces(f"folder:{celeba_dir}")
    ids = [int(each) for each in source.ids()[:3]]
    latents = cached_latents(pipeline, source, ids, 96, tmp_path, lambda *_: None)
    assert latents.ids == tuple(ids)
    assert [labels == source.face(each).labels for each, labels in zip(ids, latents.labels, strict=True)]
