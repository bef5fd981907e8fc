"""Figures as people read them: a value with its interval, a difference in points, a ratio as a share."""

from __future__ import annotations

from generation.evaluation_report import Figure, Measure

MINUS, DASH = "−", "–"


def figure_text(figure: Figure, unit: str) -> str:
    """Such as "97.8 % (96.9–98.4)"; distances and scores with three decimals."""
    if unit == "share":
        return f"{_percent(figure.value)} % ({_percent(figure.low)}{DASH}{_percent(figure.high)})"
    return f"{_plain(figure.value)} ({_plain(figure.low)}{_to(figure)}{_plain(figure.high)})"


def change_text(measure: Measure) -> str:
    """Of a share the difference in percentage points, else what part of vanilla's the fine-tuned one is."""
    if measure.unit == "share":
        return points_text(measure.difference)
    if measure.unit == "distance" and measure.ratio:
        return ratio_text(measure.ratio)
    low, high = (_signed(each, 3) for each in (measure.difference.low, measure.difference.high))
    return f"{_signed(measure.difference.value, 3)} ({low} to {high})"


def points_text(difference: Figure) -> str:
    """Such as "+1.2 points (−0.3 to +2.5)"."""
    value, low, high = (
        _signed(100 * each, 1) for each in (difference.value, difference.low, difference.high)
    )
    return f"{value} points ({low} to {high})"


def ratio_text(ratio: Figure) -> str:
    """Such as "23 % of vanilla's (20–27)"."""
    low, high = (f"{max(0.0, 100 * each):.0f}" for each in (ratio.low, ratio.high))
    return f"{100 * ratio.value:.0f} % of vanilla's ({low}{DASH}{high})"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _plain(value: float) -> str:
    """Three digits that tell something, and three decimals at most."""
    size = abs(value)
    decimals = 3 if size < 1 else 2 if size < 10 else 1 if size < 100 else 0
    return f"{value:,.{decimals}f}".replace("-", MINUS)


def _signed(value: float, digits: int) -> str:
    rounded = round(value, digits) + 0.0  # no minus zero
    return f"{rounded:+.{digits}f}".replace("-", MINUS) if rounded else f"{0:.{digits}f}"


def _to(figure: Figure) -> str:
    return " to " if figure.low < 0 else DASH
