"""A finished grid as one image with labels, which carries how it was made."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from generation.errors import InvalidRecipe
from generation.grid.grid import Cell, Grid
from generation.png.metadata import marked_png
from generation.png.text import read_png_text
from generation.recipe_fields import public_adapter

LEAST_CELL_PX, LARGEST_CELL_PX = 192, 512
_GAP_PX = 8
_MARGIN_PX = 24
_ROW_LABEL_PX = 132
_TEXT_PX, _TITLE_PX = 16, 20
_LINE = 1.4  # of a text's height
_PAPER, _INK, _QUIET, _EMPTY = "#ffffff", "#1c1917", "#57534e", "#f5f5f4"

Images = Mapping[tuple[int, int], Image.Image]  # by row and column


def render_sheet(grid: Grid, images: Images) -> bytes:
    """All cells as a PNG; a cell without an image says why, or that it is not made.

    The texts `recipe` and `grid` hold the base and the axes: dropped on the page, it brings the base back.
    """
    chunks = PngInfo()
    for name, text in _texts(grid).items():
        chunks.add_itxt(name, text)
    return marked_png(draw_sheet(grid, images), chunks)


def is_sheet_of(path: Path, grid: Grid) -> bool:
    """Whether a file is an image of this grid, whichever of its cells were made."""
    try:
        return _texts(grid).items() <= read_png_text(path).items()
    except (InvalidRecipe, OSError):
        return False


def _texts(grid: Grid) -> dict[str, str]:
    base = replace(grid.base, adapter=public_adapter(grid.base.adapter))
    return {"recipe": base.to_json(), "grid": grid.axes_json()}


def draw_sheet(grid: Grid, images: Images) -> Image.Image:
    """All cells in one size, under their labels, and over them what they have in common."""
    cell_px = _cell_px(images)
    left = _MARGIN_PX + (_ROW_LABEL_PX if grid.y else 0)
    width = left + len(grid.columns) * (cell_px + _GAP_PX) - _GAP_PX + _MARGIN_PX
    head = _head(grid, width - 2 * _MARGIN_PX)
    over = max(len(_wrapped(label, _TEXT_PX, cell_px)) for label in grid.columns)
    top = _MARGIN_PX + _height(head, _TITLE_PX) + _GAP_PX + over * round(_TEXT_PX * _LINE) + _GAP_PX
    height = top + len(grid.rows) * (cell_px + _GAP_PX) - _GAP_PX + _MARGIN_PX
    sheet = Image.new("RGB", (width, height), _PAPER)
    pen = ImageDraw.Draw(sheet)
    _write(pen, (_MARGIN_PX, _MARGIN_PX), head, _TITLE_PX, _INK)
    for column, label in enumerate(grid.columns):
        lines = _wrapped(label, _TEXT_PX, cell_px)
        at = left + column * (cell_px + _GAP_PX), top - _GAP_PX - _height(lines, _TEXT_PX)
        _write(pen, at, lines, _TEXT_PX, _INK)
    for row, label in enumerate(grid.rows):
        lines = _wrapped(label, _TEXT_PX, _ROW_LABEL_PX - 2 * _GAP_PX)
        _write(pen, (_MARGIN_PX, top + row * (cell_px + _GAP_PX)), lines, _TEXT_PX, _INK)
    for cell in grid.cells:
        at = left + cell.column * (cell_px + _GAP_PX), top + cell.row * (cell_px + _GAP_PX)
        _draw_cell(sheet, at, cell_px, cell, images.get((cell.row, cell.column)))
    return sheet


def _draw_cell(
    sheet: Image.Image, at: tuple[int, int], cell_px: int, cell: Cell, image: Image.Image | None
) -> None:
    if image is not None:
        sheet.paste(image.convert("RGB").resize((cell_px, cell_px), Image.Resampling.LANCZOS), at)
        return
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((*at, at[0] + cell_px - 1, at[1] + cell_px - 1), fill=_EMPTY)
    inner = cell_px - 2 * _GAP_PX
    most = inner // round(_TEXT_PX * _LINE)
    lines = _wrapped(cell.problem or "Not made", _TEXT_PX, inner)[:most]
    _write(pen, (at[0] + _GAP_PX, at[1] + _GAP_PX), lines, _TEXT_PX, _QUIET)


def _cell_px(images: Images) -> int:
    """As large as the largest portrait, within bounds: 25 in full size would make a file of 60 MB."""
    largest = max((max(image.size) for image in images.values()), default=LEAST_CELL_PX)
    return min(max(largest, LEAST_CELL_PX), LARGEST_CELL_PX)


def _head(grid: Grid, width: int) -> list[str]:
    """The prompt and the settings of the base; an axis says in its labels what differs."""
    base, varied = grid.base, {grid.x.name, grid.y.name if grid.y else None}
    facts = {
        "model": base.spec.title,
        "adapter": f"adapter {public_adapter(base.adapter) or 'none'}",
        "strength": f"strength {base.adapter_scale:g}",
        "steps": f"{base.steps} steps",
        "guidance": f"guidance {base.guidance:g}",
        "seed": f"seed {base.seed}",
    }
    # Another model brings its own.
    own = {"adapter", "steps", "guidance"} if "model" in varied else set()
    settings = ", ".join(fact for name, fact in facts.items() if name not in varied | own)
    return [
        *_wrapped(base.prompt, _TITLE_PX, width),
        *_wrapped(f"AI-generated. {settings}", _TITLE_PX, width),
    ]


def _write(
    pen: ImageDraw.ImageDraw, at: tuple[int, int], lines: list[str], size_px: int, colour: str
) -> None:
    for number, line in enumerate(lines):
        pen.text((at[0], at[1] + number * round(size_px * _LINE)), line, colour, _font(size_px))


def _height(lines: list[str], size_px: int) -> int:
    return len(lines) * round(size_px * _LINE)


def _wrapped(text: str, size_px: int, width: int) -> list[str]:
    """The text in lines that fit; a word that does not is cut."""
    font = _font(size_px)
    lines = [""]
    for word in text.split():
        for piece in _pieces(word, font, width):
            longer = f"{lines[-1]} {piece}".strip()
            if font.getlength(longer) <= width:
                lines[-1] = longer
            else:
                lines.append(piece)
    return [line for line in lines if line]


def _pieces(word: str, font: ImageFont.FreeTypeFont, width: int) -> Iterator[str]:
    """A word, in as many parts as it takes."""

    def length(letters: int) -> float:
        return font.getlength(word[:letters])

    while word and length(len(word)) > width:
        fits = max(1, bisect_right(range(1, len(word) + 1), float(width), key=length))
        yield word[:fits]
        word = word[fits:]
    yield word


@lru_cache
def _font(size_px: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size_px)
    assert isinstance(font, ImageFont.FreeTypeFont), "Pillow's own font, which needs FreeType"
    return font
