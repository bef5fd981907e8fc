"""Which faces are meant: splits and ranges of image numbers, blurry ones in or out."""

import argparse
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from training.dataset import fitted, open_faces, pixels_of
from training.errors import DataError
from training.evaluation.faces import Choice, choose_faces, image_numbers


def test_numbers_count_the_rows_of_the_list_and_blurry_images_are_out(drawn_celeba: Path) -> None:
    source = open_faces(f"folder:{drawn_celeba}")
    found = choose_faces(source, Choice(numbers=(2, 5)))
    assert found.ids == (1, 3, 4)
    assert [face.id for face in found.faces()] == ["000002.jpg", "000004.jpg", "000005.jpg"]
    assert found.words == "images 2 to 5, not blurry"
    assert choose_faces(source, Choice(numbers=(2, 5), blurry="in")).ids == (1, 2, 3, 4)
    assert choose_faces(source, Choice(numbers=(2, 5), blurry="only")).ids == (2,)


def test_a_split_and_a_count_can_be_asked_for(drawn_celeba: Path) -> None:
    source = open_faces(f"folder:{drawn_celeba}")
    assert choose_faces(source, Choice(split="test")).ids == tuple(range(40, 60))
    found = choose_faces(source, Choice(split="train", count=5))
    assert found.ids == (0, 1, 3, 4, 5)
    assert found.words == "images 1 to 6 of the split train, not blurry"


def test_where_nobody_is_meant_it_says_so(drawn_celeba: Path) -> None:
    with pytest.raises(DataError, match="no image from 900 to 999"):
        choose_faces(open_faces(f"folder:{drawn_celeba}"), Choice(numbers=(900, 999)))


def test_numbers_of_the_real_list_are_its_rows(celeba_dir: Path) -> None:
    found = choose_faces(open_faces(f"folder:{celeba_dir}"), Choice(numbers=(1601, 2000)))
    assert (found.ids[0] + 1, found.ids[-1] + 1) <= (2000, 2000)
    assert found.source.face(found.ids[0]).id == f"{found.ids[0] + 1:06}.jpg"
    assert 300 < len(found.ids) <= 400


def test_faces_are_cropped_as_training_crops_them() -> None:
    image = Image.fromarray(np.random.default_rng(1).integers(0, 255, (218, 178, 3), dtype=np.uint8))
    as_pixels = (pixels_of(image, 96).permute(1, 2, 0).numpy() + 1) * 127.5
    np.testing.assert_allclose(fitted(image, 96), as_pixels, atol=0.01)


@pytest.mark.parametrize("text", ["7", "9-3", "0-5", "a-b", "1-2-3", "-5"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="such as 1-1600"):
        image_numbers(text)


def test_a_range_may_have_separators() -> None:
    assert image_numbers("1-1,600") == (1, 1600)
