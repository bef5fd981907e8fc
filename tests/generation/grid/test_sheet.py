"""A finished grid as one image: every cell under its labels, and how it was made inside the file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from generation.grid.axes import read_axis
from generation.grid.grid import build_grid
from generation.grid.sheet import LARGEST_CELL_PX, LEAST_CELL_PX, draw_sheet, render_sheet
from generation.png.dropped import read_dropped
from generation.png.text import read_png_text
from generation.recipe import Recipe

BASE = Recipe("a woman with black hair and a smile", 7)
GRID = build_grid(BASE, read_axis("steps", "2,10,20"), read_axis("strength", "0,1"))


def plain(colour: str, size_px: int = 96) -> Image.Image:
    return Image.new("RGB", (size_px, size_px), colour)


def test_cells_lie_where_the_grid_has_them_and_text_beside_them() -> None:
    red, blue = (255, 0, 0), (0, 0, 255)
    sheet = draw_sheet(GRID, {(0, 1): plain("red"), (1, 2): plain("blue")})
    found = {colour: _box(sheet, colour) for colour in (red, blue)}
    for box in found.values():
        assert (box[2] - box[0], box[3] - box[1]) == (LEAST_CELL_PX, LEAST_CELL_PX)
    assert found[blue][0] > found[red][2] and found[blue][1] > found[red][3]
    labels = sheet.crop((0, 0, sheet.width, found[red][1])).getcolors(100_000)
    assert labels is not None and len(labels) > 2  # more than paper: letters


@pytest.mark.parametrize(("given", "shown"), [(96, LEAST_CELL_PX), (400, 400), (1024, LARGEST_CELL_PX)])
def test_cells_are_as_large_as_the_portraits_within_bounds(given: int, shown: int) -> None:
    sheet = draw_sheet(GRID, {(0, 1): plain("red", given)})
    left, top, right, bottom = _box(sheet, (255, 0, 0))
    assert (right - left, bottom - top) == (shown, shown)


def test_the_file_brings_the_base_back_and_names_the_axes(tmp_path: Path) -> None:
    path = tmp_path / "grid.png"
    path.write_bytes(render_sheet(GRID, {(0, 1): plain("red")}))
    fields, problems = read_dropped(path)
    assert (Recipe(**fields), problems) == (BASE, ())
    texts = read_png_text(path)
    assert json.loads(texts["grid"])["x"] == {"axis": "steps", "values": [2, 10, 20]}
    assert "trainedAlgorithmicMedia" in texts["XML:com.adobe.xmp"]


def test_an_adapters_place_on_the_machine_stays_out_of_the_file(tmp_path: Path) -> None:
    axis = read_axis("adapter", "/srv/runs/mine, none")
    grid = build_grid(Recipe("a man", 1, adapter="/srv/runs/other"), axis)
    assert b"someone" not in render_sheet(grid, {(0, 0): plain("red")})


def test_long_words_and_one_row_alone_find_their_room() -> None:
    grid = build_grid(Recipe("a" * 900, 1, adapter="o/" + "n" * 90), read_axis("adapter", "p/" + "m" * 90))
    sheet = draw_sheet(grid, {})
    assert sheet.width < 300
    assert sheet.height > 900 / 20 * 10  # the prompt was broken into lines


def _box(sheet: Image.Image, colour: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """Around all pixels of a colour."""
    bands = [
        band.point([255 if value == each else 0 for value in range(256)])
        for band, each in zip(sheet.split(), colour, strict=True)
    ]
    mask = Image.merge("RGB", bands).convert("L").point([0] * 255 + [255])
    box = mask.getbbox()
    assert box is not None
    return box
