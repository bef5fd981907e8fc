"""Pairs of portraits on one sheet, with what was asked for under each; generated pictures only."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from generation.evaluation.report import Pair
from generation.events import ARMS, Arm

COLUMNS, PORTRAIT_PX, GAP_PX, MARGIN_PX = 3, 160, 4, 16
FONT_PX, LINE_PX, LINES, LETTERS = 13, 17, 3, 48
MARK = "AI-generated images, not photographs of persons."


def build_sheet(pairs: Sequence[Pair], pictures: Mapping[Arm, Sequence[Image.Image]]) -> Image.Image:
    """Vanilla left, fine-tuned right; three pairs a row, each with its prompt and seed."""
    columns = min(COLUMNS, len(pairs))
    width, height = 2 * PORTRAIT_PX + GAP_PX, PORTRAIT_PX + LINES * LINE_PX + 6
    rows = -(-len(pairs) // columns)
    size = (MARGIN_PX + columns * (width + MARGIN_PX), MARGIN_PX + rows * (height + MARGIN_PX))
    sheet = Image.new("RGB", size, "white")
    for turn, pair in enumerate(pairs):
        row, column = divmod(turn, columns)
        corner = MARGIN_PX + column * (width + MARGIN_PX), MARGIN_PX + row * (height + MARGIN_PX)
        _draw_pair(sheet, corner, pair, [pictures[arm][turn] for arm in ARMS])
    return sheet


def png_marks() -> PngInfo:
    """What the file says of itself."""
    marks = PngInfo()
    marks.add_text("Comment", MARK)
    return marks


def _draw_pair(sheet: Image.Image, corner: tuple[int, int], pair: Pair, both: Sequence[Image.Image]) -> None:
    left, top = corner
    for turn, image in enumerate(both):
        small = image.resize((PORTRAIT_PX, PORTRAIT_PX), Image.Resampling.LANCZOS)
        sheet.paste(small, (left + turn * (PORTRAIT_PX + GAP_PX), top))
    lines = textwrap.wrap(f"{pair.prompt} · seed {pair.seed}", LETTERS, max_lines=LINES, placeholder=" …")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(FONT_PX)
    for turn, line in enumerate(lines):
        pen.text((left, top + PORTRAIT_PX + 6 + turn * LINE_PX), line, fill="#404040", font=font)
