"""A sheet says what is on it, and its portraits are found again to the pixel."""

from __future__ import annotations

import pytest
from PIL import Image

from generation.events import Comparison
from generation.recipe import Recipe
from training.sheet import build_sheet, sheet_size, tiles


def pair(prompt: str, size_px: int, red: int) -> Comparison:
    vanilla, fine_tuned = (Image.new("RGB", (size_px, size_px), (red, green, 0)) for green in (50, 200))
    return Comparison(Recipe(prompt, seed=7), {"vanilla": vanilla, "fine_tuned": fine_tuned}, 1.0, "cpu")


@pytest.mark.parametrize("size_px", [96, 512])
def test_portraits_are_where_the_tiles_say_and_text_is_outside_of_them(size_px: int) -> None:
    pairs = [pair("a man", size_px, 10), pair("a woman " * 60, size_px, 90)]
    sheet = build_sheet(pairs, step=1500)
    assert sheet.size == sheet_size(size_px, rows=2)
    for both, (vanilla, fine_tuned) in zip(pairs, tiles(size_px, rows=2), strict=True):
        assert sheet.crop(vanilla).tobytes() == both.image("vanilla").tobytes()
        assert sheet.crop(fine_tuned).tobytes() == both.image("fine_tuned").tobytes()
        sheet.paste("white", vanilla)
        sheet.paste("white", fine_tuned)
    blank = Image.new("RGB", sheet.size, "white")
    first = next(tiles(size_px, rows=2))[0][1]
    for top, bottom in (
        (0, first // 2),
        (first // 2, first),
        (first + size_px, first + size_px + first // 2),
    ):
        strip = (0, top, sheet.width, bottom)
        assert sheet.crop(strip).tobytes() != blank.crop(strip).tobytes()
