"""A measure of both arms from what was sampled of each."""

from __future__ import annotations

from collections.abc import Callable

from generation.evaluation.report import Measure
from generation.events import ARMS, Arm
from training.evaluation.intervals import Sampled

Pictures = Callable[[Arm], Sampled | None]


def measured(
    names: tuple[str, str, str, str],
    pictures: Pictures,
    real: Sampled | None,
    note: str,
    limits: tuple[float, float],
) -> Measure | None:
    """A measure of both arms; None where it cannot be taken."""
    vanilla, tuned = (pictures(arm) for arm in ARMS)
    if vanilla is None or tuned is None:
        return None
    ratio = tuned.over(vanilla)
    return Measure(
        *names,
        vanilla.figure(*limits),
        tuned.figure(*limits),
        tuned.minus(vanilla).figure(),
        ratio.figure() if ratio else None,
        real.figure(*limits) if real else None,
        note,
    )
