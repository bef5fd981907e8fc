"""The bench's table says what was reached, what was missed and what was not measured."""

import pytest

from bench.table import NEVER, Row, render_table, times_faster


@pytest.mark.parametrize(
    ("measured", "ok"), [(0.9, True), (1.0, True), (1.1, False), (NEVER, False), (None, None)]
)
def test_a_row_compares_with_its_limit(measured: float | None, ok: bool | None) -> None:
    assert Row("speed", 1.0, measured, "s").ok is ok


def test_the_table_names_every_outcome() -> None:
    rows = [Row("a", 1, 0.5, "s"), Row("b", 1, 2, "s"), Row("c", 1, None, "s", "no CelebA")]
    lines = render_table(rows).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert "| ok " in lines[2]
    assert "MISSED" in lines[3]
    assert "not measured" in lines[4]
    assert "no CelebA" in lines[4]


def test_a_missed_limit_never_reads_as_reached() -> None:
    line = render_table([Row("a", 1.0, 1.0004, "s")]).splitlines()[-1]
    assert "MISSED" in line


def test_nothing_is_written_as_nothing() -> None:
    assert "| 0 errors | 0 errors " in render_table([Row("a", 0, 0, "errors")])


def test_times_faster() -> None:
    assert times_faster(20.0, 0.05, "a scan") == "400 times faster than a scan"
