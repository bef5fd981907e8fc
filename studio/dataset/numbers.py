"""Numbers as the tab Dataset writes them; dataset_heat_map.js writes them alike."""

from __future__ import annotations

from prompt_engine.relations import Lift


def lift_number(value: float) -> str:
    """Two digits after the point, below 0.1 two that count: "38.09", "0.13", "0.0037", "<0.001"."""
    if value == 0:
        return "0"
    if value < 0.001:
        return "&lt;0.001"
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"


def expected_number(value: float) -> str:
    """A whole number, below 10 with one digit more: "3,743", "2.4"."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def lift_and_bounds(occurrence: Lift) -> tuple[str, str]:
    """The lift, and its 95 % bounds: "0.13", "0.12–0.14"."""
    lift, low, high = map(lift_number, (occurrence.lift, occurrence.low, occurrence.high))
    return lift, f"{low}–{high}"
