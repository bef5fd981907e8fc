"""What a Space gave is looked at: whether it is a portrait of what was asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from generation.png.metadata import render_png
from generation.recipe import Recipe
from studio.deploy.errors import DeployRefused
from studio.deploy.picture_check import Ask, look_at

ASK = Ask("demo", 7)


def noise(size_px: int = 96) -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (size_px, size_px, 3), dtype=np.uint8))


def portrait(seed: int = 7, image: Image.Image | None = None) -> bytes:
    return render_png(image or noise(), Recipe("a smiling woman", seed=seed, model="demo"), "vanilla")


@pytest.mark.parametrize("ask", [ASK, Ask(None, 7)], ids=["named", "the page's own"])
def test_a_portrait_is_told(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "picture"
    file.write_bytes(portrait())
    assert look_at(file, ask).startswith("PNG of 96 × 96 px, ")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"<html>Bad gateway</html>", "What came is no picture .24 bytes."),
        (portrait()[:2000], "What came is no picture"),
        (portrait(image=Image.new("RGB", (96, 96), "grey")), "one plain colour"),
        (portrait(seed=8), "of demo and seed 8, and not of demo and seed 7"),
        (portrait(image=noise(64)), "A picture of 64 × 64 px came, and not of 96"),
    ],
    ids=["a page", "half", "a colour", "another seed", "another size"],
)
def test_anything_else_is_refused(content: bytes, sentence: str, tmp_path: Path) -> None:
    file = tmp_path / "picture"
    file.write_bytes(content)
    with pytest.raises(DeployRefused, match=sentence):
        look_at(file, ASK)


def test_a_picture_that_says_nothing_and_one_of_another_format_are_refused(tmp_path: Path) -> None:
    noise().save(tmp_path / "mute.png")
    with pytest.raises(DeployRefused, match="does not say how it was made"):
        look_at(tmp_path / "mute.png", ASK)
    noise().save(tmp_path / "loud.jpg")
    with pytest.raises(DeployRefused, match="came as JPEG"):
        look_at(tmp_path / "loud.jpg", ASK)
