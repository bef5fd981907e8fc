"""What an encoder is, told by its files: as content, wherever they lie and however they came."""

from __future__ import annotations

import json
import os
from pathlib import Path

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
    (tmp_path / "blobs").mkdir()
    (model / "vae").mkdir(parents=True)
    (tmp_path / "blobs" / "abc").write_bytes(b"weights")
    (model / "vae" / "model.safetensors").symlink_to("../../../blobs/abc")
    known = identity(model)
    (tmp_path / "blobs" / "abc").write_bytes(b"never looked at")
    assert identity(model) == known
    (tmp_path / "blobs" / "abc").rename(tmp_path / "blobs" / "abd")
    (model / "vae" / "model.safetensors").unlink()
    (model / "vae" / "model.safetensors").symlink_to("../../../blobs/abd")
    assert identity(model) != known


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
