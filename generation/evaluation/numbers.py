"""Figures of an evaluation as people read them, each in two parts: the value, and its 95 % interval."""

from __future__ import annotations

from generation.evaluation.report import Figure, Measure

MINUS, DASH, PERCENT = "−", "–", "\N{NO-BREAK SPACE}%"

# Under many intervals at once: none is widened for their number.
BY_CHANCE = "Each interval stands for itself: of attributes that did not change, one in twenty seems to have."

Parts = tuple[str, str]


def joined(parts: Parts) -> str:
    """Such as "97.8 % (96.9–98.4)", in ordinary spaces."""
    value, interval = parts
    return f"{value} ({interval})".replace("\N{NO-BREAK SPACE}", " ")


def figure_parts(figure: Figure, unit: str) -> Parts:
    """Such as "97.8 %", "96.9–98.4"; distances and scores with as many decimals as tell something."""
    if unit == "share":
        value, low, high = (f"{100 * each:.1f}" for each in (figure.value, figure.low, figure.high))
        return f"{value}{PERCENT}", f"{low}{DASH}{high}"
    value, low, high = map(_plain, (figure.value, figure.low, figure.high))
    return value, f"{low} to {high}" if figure.low < 0 else f"{low}{DASH}{high}"


def change_parts(measure: Measure) -> Parts:
    """Of a share the difference in percentage points, else what part of vanilla's the fine-tuned one is."""
    if measure.unit == "share":
        return points_parts(measure.difference)
    if measure.unit == "distance" and measure.ratio:
        return ratio_parts(measure.ratio)
    return _signed_parts(measure.difference, 1, 3)


def points_parts(difference: Figure) -> Parts:
    """Such as "+1.2 points", "−0.3 to +2.5"."""
    value, interval = _signed_parts(difference, 100, 1)
    return f"{value} points", interval


def ratio_parts(ratio: Figure) -> Parts:
    """Such as "23 % of vanilla's", "20–27"."""
    low, high = (f"{max(0.0, 100 * each):.0f}" for each in (ratio.low, ratio.high))
    return f"{100 * ratio.value:.0f}{PERCENT} of vanilla's", f"{low}{DASH}{high}"


def _signed_parts(difference: Figure, times: int, digits: int) -> Parts:
    values = (difference.value, difference.low, difference.high)
    value, low, high = (_signed(times * each, digits) for each in values)
    return value, f"{low} to {high}"


def _plain(value: float) -> str:
    """Three digits that tell something, and three decimals at most."""
    size = abs(value)
    decimals = 3 if size < 1 else 2 if size < 10 else 1 if size < 100 else 0
    return f"{round(value, decimals) + 0.0:,.{decimals}f}".replace("-", MINUS)  # no minus zero


def _signed(value: float, digits: int) -> str:
    rounded = round(value, digits) + 0.0  # no minus zero
    return f"{rounded:+.{digits}f}".replace("-", MINUS) if rounded else f"{0:.{digits}f}"
