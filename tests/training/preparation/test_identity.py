"""What an encoder is, told by its files: as content, wherever they lie and however they came."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from generation.loading.pipelines import model_revision
from generation.models import model_spec
from training.preparation.identity import DIGESTS, Digests, identify_parts, remembered_digests


def write_part(model: Path, weights: bytes = b"weights", **settings: object) -> Path:
    (model / "vae").mkdir(parents=True, exist_ok=True)
    (model / "vae" / "model.safetensors").write_bytes(weights)
    (model / "vae" / "config.json").write_text(json.dumps(settings))
    return model


def identity(model: Path) -> str:
    return identify_parts(model, ("vae", "text_encoder"), Digests({}))


def test_weights_and_settings_count_and_where_they_lie_does_not(tmp_path: Path) -> None:
    known = identity(write_part(tmp_path / "one", scaling_factor=1.5, _name_or_path="here"))
    assert identity(write_part(tmp_path / "two", _name_or_path="there", scaling_factor=1.5)) == known
    assert identity(write_part(tmp_path / "two", scaling_factor=1.6)) != known
    assert identity(write_part(tmp_path / "two", b"others", scaling_factor=1.5)) != known
    (tmp_path / "one" / "text_encoder").mkdir()
    (tmp_path / "one" / "text_encoder" / "model.safetensors").touch()
    assert identity(tmp_path / "one") != known


def test_a_file_of_the_hubs_cache_is_known_by_name_and_not_read(tmp_path: Path) -> None:
    """As the Hub's client lays them out: a link to a file that is called by its content."""
    model = tmp_path / "snapshots" / "commit"
    blob, other = (tmp_path / "blobs" / (letter * 64) for letter in "ab")
    blob.parent.mkdir()
    (model / "vae").mkdir(parents=True)
    blob.write_bytes(b"weights")
    (model / "vae" / "model.safetensors").symlink_to(blob)
    known = identity(model)
    blob.write_bytes(b"never looked at")
    assert identity(model) == known
    blob.rename(other)
    (model / "vae" / "model.safetensors").unlink()
    (model / "vae" / "model.safetensors").symlink_to(other)
    assert identity(model) != known


def test_a_small_file_of_the_hubs_cache_is_read_for_its_name_is_gits(tmp_path: Path) -> None:
    blob = tmp_path / "blobs" / ("a" * 40)
    blob.parent.mkdir()
    blob.write_bytes(b"{}")
    (tmp_path / "tokenizer_config.json").symlink_to(blob)
    assert Digests({}).of(tmp_path / "tokenizer_config.json") == hashlib.sha256(b"{}").hexdigest()


def test_the_models_revision_is_the_same_with_remembered_digests_and_hashes_nothing_again(
    small_sd35: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Path(shutil.copytree(small_sd35, tmp_path / "model"))
    spec = replace(model_spec("medium"), repo=str(model), bundled=True)
    known = model_revision(spec)
    with remembered_digests(tmp_path) as digests:
        assert model_revision(spec, digests.of) == known
    monkeypatch.setattr("training.preparation.identity.file_digest", lambda _path: pytest.fail("read"))
    with remembered_digests(tmp_path) as digests:
        assert model_revision(spec, digests.of) == known


def test_what_a_download_notes_beside_the_model_is_no_part_of_it(small_sd35: Path, tmp_path: Path) -> None:
    model = Path(shutil.copytree(small_sd35, tmp_path / "model"))
    spec = replace(model_spec("medium"), repo=str(model), bundled=True)
    known = model_revision(spec)
    for name in (
        ".cache/huggingface/download/x.metadata",
        "vae/.note",
        "README.md",
        "original/x.safetensors",
    ):
        (model / name).parent.mkdir(parents=True, exist_ok=True)
        (model / name).write_text("of this download")
    assert model_revision(spec) == known
    (model / "vae" / "one_more.json").write_text("{}")
    assert model_revision(spec) != known


def test_a_file_is_read_once_and_again_when_it_was_written(tmp_path: Path) -> None:
    file, cache = tmp_path / "weights", tmp_path / "cache"
    file.write_bytes(b"one")

    def digest() -> tuple[str, bool]:
        with remembered_digests(cache) as digests:
            return digests.of(file), digests.changed

    first, read = digest()
    assert read and digest() == (first, False)
    file.write_bytes(b"two")
    os.utime(file, ns=(1, 1))
    again, read = digest()
    assert read and again != first
    (cache / DIGESTS).write_text("[")  # as a power cut may leave it
    assert digest() == (again, True)
