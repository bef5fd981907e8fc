"""The table of an evaluation: shares with intervals, and its place between two marks."""

from pathlib import Path

import pytest

from training.errors import DataError
from training.evaluation.measure import Measurement, Tally, interval
from training.evaluation.table import BEGIN, END, render_report, write_report

FOUND = {
    "vanilla": Measurement(200, 150, 0.5, {"Smiling": Tally(100, 90), "Male": Tally(200, 200)}),
    "fine_tuned": Measurement(200, 140, 0.1, {"Smiling": Tally(100, 88), "Male": Tally(200, 200)}),
}
ACCURACY = {"Smiling": 0.99, "Male": 1.0, "High_Cheekbones": 0.9, "photographic": 1.0}


def test_the_gender_is_no_attribute_that_was_asked_for() -> None:
    assert FOUND["vanilla"].attributes == Tally(100, 90)
    assert FOUND["vanilla"].seen_share == 0.9


def test_the_report_says_both_arms_the_ratio_and_what_it_leaves_out() -> None:
    report = render_report(FOUND, ACCURACY)
    assert "90.0%" in report and "88.0%" in report
    assert "(20% of vanilla's)" in report
    assert "| Smiling | 100 | 90% | 88% | 99.0% |" in report
    assert "drawings: High_Cheekbones; because" in report


def test_an_interval_holds_the_share_and_narrows_with_more() -> None:
    few, many = interval(9, 10), interval(900, 1000)
    assert few[0] < 0.9 < few[1] <= 1
    assert few[0] < many[0] < 0.9 < many[1] < few[1]
    assert interval(90, 100) == pytest.approx((0.8256, 0.9448), abs=1e-3)  # Wilson's, as tabulated


def test_writing_replaces_what_lies_between_the_marks(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    for _ in range(2):
        write_report(path, "new")
    assert path.read_text() == f"before\n{BEGIN}\nnew\n{END}\nafter\n"


def test_a_file_without_marks_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text("mine")
    with pytest.raises(DataError, match="quality: begin"):
        write_report(path, "new")
    assert path.read_text() == "mine"
