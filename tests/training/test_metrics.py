"""What a run reports of itself."""

from __future__ import annotations

import pytest

from training.metrics import Meter


class Clock:
    """A clock that stands still unless it is moved."""

    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_the_rate_leaves_out_a_pause_and_keeps_the_time_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr("training.metrics.time.perf_counter", clock)
    meter = Meter(batch_size=4)
    meter.add(1.0, 1.0)
    clock.now_s += 3
    with meter.paused():
        clock.now_s += 1000
    meter.add(1.0, 1.0)
    clock.now_s += 1
    assert meter.report(2, learning_rate=1e-4, memory_gib=1.0).images_per_s == 2 * 4 / 4
