"""The learning rate: up in a line, down along a cosine."""

from __future__ import annotations

from itertools import pairwise

import pytest

from training.config import OptimizerConfig
from training.metrics import render_duration
from training.schedule import learning_rate

OPTIMIZER = OptimizerConfig(learning_rate=1.0, warmup_steps=10, final_share=0.1)


def test_it_rises_to_the_peak_and_falls_to_the_final_share() -> None:
    rates = [learning_rate(step, 100, OPTIMIZER) for step in range(101)]
    assert all(earlier < later for earlier, later in pairwise(rates[:11]))
    assert all(earlier > later for earlier, later in pairwise(rates[10:]))
    assert 0 < rates[0] < 0.1
    assert rates[10] == pytest.approx(1.0)
    assert rates[100] == pytest.approx(0.1)


@pytest.mark.parametrize("steps", [1, 2, 10, 11])
def test_a_run_shorter_than_its_warm_up_still_learns(steps: int) -> None:
    assert all(0 < learning_rate(step, steps, OPTIMIZER) <= 1.0 for step in range(steps))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.4, "59 s"), (60, "1 min 00 s"), (200, "3 min 20 s"), (7500, "2 h 05 min")],
)
def test_durations_are_told_in_two_units(seconds: float, text: str) -> None:
    assert render_duration(seconds) == text
