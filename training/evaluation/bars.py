"""Small SVG drawings of figures: they stretch with the page, so all text stands beside them."""

from __future__ import annotations

from collections.abc import Sequence

from generation.evaluation.report import Figure

ROW, TICK = 12, 6  # heights; widths are shares of 100


def interval_bars(
    vanilla: Figure, tuned: Figure, real: Figure | None, span: tuple[float, float], label: str
) -> str:
    """Both arms as bars with their intervals as whiskers, and real faces as a line across."""
    arms = ((vanilla, "vanilla"), (tuned, "tuned"))
    drawn = [_bar(figure, span, row * ROW, kind) for row, (figure, kind) in enumerate(arms)]
    line = [_line(_place(real.value, span), 0, 2 * ROW, "real")] if real else []
    height = 2 * ROW
    return (
        f'<svg viewBox="0 0 100 {height}" preserveAspectRatio="none" role="img" aria-label="{label}">'
        f'<line class="axis" x1="{_place(0.0, span):.2f}" x2="{_place(0.0, span):.2f}" y1="0" y2="{height}"/>'
        f"{''.join(drawn + line)}</svg>"
    )


def span_of(figures: Sequence[Figure | None]) -> tuple[float, float]:
    """From 0, or below where an interval goes there, to a little beyond the largest."""
    kept = [each for each in figures if each]
    low, high = min(0.0, *(each.low for each in kept)), max(each.high for each in kept)
    return low, (high or 1.0) * 1.05


def _bar(figure: Figure, span: tuple[float, float], top: float, kind: str) -> str:
    zero, end = _place(0.0, span), _place(figure.value, span)
    middle = top + ROW / 2
    low, high = _place(figure.low, span), _place(figure.high, span)
    left, width = min(zero, end), abs(end - zero)
    return (
        f'<rect class="{kind}" x="{left:.2f}" y="{top + 2}" width="{width:.2f}" height="{ROW - 4}"/>'
        f'<line class="whisker" x1="{low:.2f}" x2="{high:.2f}" y1="{middle}" y2="{middle}"/>'
        + "".join(_line(each, middle - TICK / 2, middle + TICK / 2, "whisker") for each in (low, high))
    )


def _line(x: float, top: float, bottom: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x:.2f}" x2="{x:.2f}" y1="{top}" y2="{bottom}"/>'


def _place(value: float, span: tuple[float, float]) -> float:
    low, high = span
    return 100 * (value - low) / (high - low)
