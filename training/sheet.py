"""The sheet of a validation: a row of both arms for each recipe, with heads in margins of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PIL import Image, ImageDraw, ImageFont

from generation.events import ARMS, Comparison

GAP_PX = 4
FONT_SHARE, LEAST_FONT_PX, LINE = 32, 10, 1.4  # letters are a part of a portrait's side
INK = "#404040"
Box = tuple[int, int, int, int]  # left, top, right, bottom


def sheet_size(side: int, rows: int) -> tuple[int, int]:
    """Width and height of a sheet of so many recipes, whose portraits are `side` pixels wide and high."""
    return 2 * side + GAP_PX, _margin_px(side) + rows * (_margin_px(side) + side)


def tiles(side: int, rows: int) -> Iterator[tuple[Box, Box]]:
    """Where the portraits of each row are: of the vanilla arm, and of the fine-tuned one."""
    for row in range(rows):
        top = _margin_px(side) + row * (_margin_px(side) + side) + _margin_px(side)
        vanilla, fine_tuned = (
            (left, top, left + side, top + side) for left in (turn * (side + GAP_PX) for turn in range(2))
        )
        yield vanilla, fine_tuned


def build_sheet(comparisons: Sequence[Comparison], step: int) -> Image.Image:
    """Lay the pairs (at least one, all of one size) out in rows on white.

    At the top stand the arms, over each row the step, its seed and its prompt.
    """
    side = comparisons[0].image("vanilla").width
    sheet = Image.new("RGB", sheet_size(side, len(comparisons)), "white")
    for turn, arm in enumerate(ARMS):
        _write(sheet, arm.replace("_", "-"), turn * (side + GAP_PX), 0, side)
    for both, (vanilla, fine_tuned) in zip(comparisons, tiles(side, len(comparisons)), strict=True):
        told = f"step {step:,}, seed {both.recipe.seed}: {both.recipe.prompt}"
        _write(sheet, told, 0, vanilla[1] - _margin_px(side), sheet.width)
        sheet.paste(both.image("vanilla"), vanilla[:2])
        sheet.paste(both.image("fine_tuned"), fine_tuned[:2])
    return sheet


def _font_px(side: int) -> int:
    return max(LEAST_FONT_PX, side // FONT_SHARE)


def _margin_px(side: int) -> int:
    """The height of a line of text."""
    return round(LINE * _font_px(side))


def _write(sheet: Image.Image, text: str, left: int, top: int, width: int) -> None:
    """One line, cut to a width."""
    side = (sheet.width - GAP_PX) // 2
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(_font_px(side))
    shown = text
    while shown and pen.textlength(shown if shown == text else f"{shown}…", font=font) > width:
        shown = shown[:-1].rstrip()
    pen.text((left, top), shown if shown == text else f"{shown}…", fill=INK, font=font)
