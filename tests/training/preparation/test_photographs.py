"""Faces from a folder: doubles, blurry ones and damaged ones are left out, and what is too small is told."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from accelerate import Accelerator
from diffusers import AutoencoderKL

from prompt_engine.realiser import parse
from training.config import TrainingConfig
from training.dataset import open_faces, pixels_of
from training.encoders import encode_pixels
from training.errors import DataError
from training.preparation.prepare import Prepared, foresee, prepare

MakeConfig = Callable[..., TrainingConfig]


@pytest.fixture
def prepared_by(small_config: MakeConfig, photographs: Path) -> Callable[..., tuple[Prepared, list[str]]]:
    """Prepare all photographs; give also what was said."""

    def run(**overrides: object) -> tuple[Prepared, list[str]]:
        lines: list[str] = []
        asked = {"data_faces": f"folder:{photographs}", "data_count": 100, **overrides}
        return prepare(small_config(**asked), Accelerator(cpu=True), lines.append), lines

    return run


PreparedBy = Callable[..., tuple[Prepared, list[str]]]


def image(photographs: Path, number: int) -> Path:
    return photographs / "Img" / "img_align_celeba" / f"{number + 1:06d}.jpg"


def test_training_images_are_learned_from_and_sharp_validation_images_held_out(
    prepared_by: PreparedBy,
) -> None:
    prepared, lines = prepared_by(validation_held_out=9)
    assert [each.id for each in prepared.examples] == list(range(12))
    assert [each.id for each in prepared.held_out.examples] == [12, 13, 14]
    assert "3 more faces are held out, and not learned from" in lines
    assert not any("enlarged" in line for line in lines)


def test_latents_are_those_of_the_image_of_that_id(
    prepared_by: PreparedBy, photographs: Path, model: Path
) -> None:
    prepared, _ = prepared_by(validation_held_out=3)
    source, vae = open_faces(f"folder:{photographs}"), AutoencoderKL.from_pretrained(model / "vae")
    for material in (prepared, prepared.held_out):
        ids = [each.id for each in material.examples]
        pixels = torch.stack([pixels_of(source.face(each).image, 32) for each in ids])
        taken = material.latents.take(range(len(ids)))
        torch.testing.assert_close(taken, encode_pixels(vae, pixels), rtol=1e-4, atol=1e-5)


def test_of_images_of_one_picture_one_is_learned_from(prepared_by: PreparedBy, photographs: Path) -> None:
    shutil.copy(image(photographs, 3), image(photographs, 7))
    shutil.copy(image(photographs, 3), image(photographs, 9))
    shutil.copy(image(photographs, 3), image(photographs, 13))  # of validation
    prepared, lines = prepared_by(validation_held_out=9)
    ids = [each.id for each in prepared.examples]
    assert ids == [each for each in range(12) if each not in (7, 9)]
    assert [each.id for each in prepared.held_out.examples] == [12, 14]
    assert "2 faces are left out: each shows the same picture as another" in lines
    assert len(prepared_by(data_near_duplicates=True)[0].examples) == 12


def test_few_damaged_images_are_left_out_and_tried_once(
    prepared_by: PreparedBy, photographs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.preparation.unreadable.MOST_SHARE", 0.1)
    image(photographs, 5).write_bytes(b"no image")
    prepared, lines = prepared_by()
    assert [each.id for each in prepared.examples] == [each for each in range(12) if each != 5]
    assert "left out: The image 000006.jpg cannot be read: fetch it anew or remove it." in lines
    assert "1 of 12 faces are left out: their images cannot be read" in lines
    monkeypatch.setattr("training.preparation.base.load_pipeline", lambda *_, **__: pytest.fail("loaded"))
    again, _ = prepared_by()
    assert again.faces == prepared.faces


def test_a_dry_run_among_damaged_images_alone_still_tells_the_rest(
    small_config: MakeConfig, photographs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.preparation.unreadable.MOST_SHARE", 1.0)
    for number in range(12):
        image(photographs, number).write_bytes(b"no image")
    lines: list[str] = []
    config = small_config(data_faces=f"folder:{photographs}", data_count=100, data_near_duplicates=True)
    foresee(config, Accelerator(cpu=True), lines.append)
    assert lines[-1].startswith("It takes about ")


def test_many_damaged_images_are_no_source(prepared_by: PreparedBy, photographs: Path) -> None:
    image(photographs, 5).write_bytes(b"no image")
    with pytest.raises(DataError, match="1 of 12 faces cannot be read, and at most 1 % may be left out"):
        prepared_by()


def test_images_smaller_than_asked_for_are_told(prepared_by: PreparedBy) -> None:
    _, lines = prepared_by(data_size_px=160)
    assert "CelebA's images are 64 px wide: at 160 px they are enlarged 2.5 times" in lines


def test_another_image_under_an_old_name_is_encoded_anew(prepared_by: PreparedBy, photographs: Path) -> None:
    before = prepared_by()[0].latents.take([2])
    shutil.copy(image(photographs, 14), image(photographs, 2))
    assert not torch.equal(prepared_by(data_near_duplicates=True)[0].latents.take([2]), before)


def test_captions_follow_the_labels(prepared_by: PreparedBy, photographs: Path) -> None:
    prepared, _ = prepared_by(validation_held_out=3, data_absences=0.2)
    source = open_faces(f"folder:{photographs}")
    for example in [*prepared.examples, *prepared.held_out.examples]:
        assert all(parse(caption).matches(source.labels(example.id)) for caption in example.captions)
