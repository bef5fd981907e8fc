"""What a run reports of itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from training.metrics import Meter, StepMetrics, append_metrics, read_metrics, render_line, start_metrics


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


def test_where_a_run_goes_on_later_rows_are_cut_off_and_what_went_wrong_stays(tmp_path: Path) -> None:
    skipped = {"step": 3, "skipped": "the gradient is not finite"}
    start_metrics(tmp_path, 0)
    for row in ({"step": 1, "loss": 1.0}, {"step": 2, "loss": 2.0}, skipped, {"step": 3, "loss": None}):
        append_metrics(tmp_path, row)
    start_metrics(tmp_path, 1)
    went_back = {"step": 1, "rolled_back_from": 3}
    append_metrics(tmp_path, went_back)
    assert read_metrics(tmp_path) == [{"step": 1, "loss": 1.0}, skipped, went_back]
    start_metrics(tmp_path, 0)
    assert read_metrics(tmp_path) == [skipped, went_back]


def test_a_last_line_that_was_cut_off_is_no_row(tmp_path: Path) -> None:
    start_metrics(tmp_path, 0)
    append_metrics(tmp_path, {"step": 1})
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"step": 2, "lo')
    assert read_metrics(tmp_path) == [{"step": 1}]
    start_metrics(tmp_path, 1)
    append_metrics(tmp_path, {"step": 2})
    assert read_metrics(tmp_path) == [{"step": 1}, {"step": 2}]


def test_the_line_says_what_is_left_and_nothing_of_it_at_the_end() -> None:
    under_way = StepMetrics(50, 0.5, 1.0, 2.5e-4, 10.0, 0, 1.0)
    assert render_line(under_way, 100, 72.0, 5.0) == (
        "step  50/100  loss 0.5000  learning rate 2.50e-04  10.0 images/s  1.0 GiB  1 min 12 s left ($0.10)"
    )
    assert render_line(replace(under_way, step=100), 100, 0.0, 5.0).endswith("10.0 images/s  1.0 GiB")
