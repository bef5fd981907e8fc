"""The Markdown table of an evaluation, and its place between two marks."""

from pathlib import Path

import pytest

from generation.evaluation.numbers import change_parts, figure_parts, joined, points_parts, ratio_parts
from generation.evaluation.report import EvaluationReport, Figure
from training.errors import DataError
from training.evaluation.table import BEGIN, END, check_report_place, render_table, write_table


def test_figures_are_said_with_their_intervals() -> None:
    assert joined(figure_parts(Figure(0.978, 0.969, 0.984), "share")) == "97.8 % (96.9–98.4)"
    assert joined(figure_parts(Figure(0.0604, -0.002, 0.1), "distance")) == "0.060 (−0.002 to 0.100)"
    assert joined(figure_parts(Figure(-0.0004, -0.024, 0.039), "distance")) == "0.000 (−0.024 to 0.039)"
    assert joined(figure_parts(Figure(12.345, 9.876, 101.2), "distance")) == "12.3 (9.88–101)"
    assert joined(points_parts(Figure(0.012, -0.003, 0.025))) == "+1.2 points (−0.3 to +2.5)"
    assert joined(points_parts(Figure(-0.0001, 0.0, 0.0))) == "0.0 points (0.0 to 0.0)"
    assert joined(ratio_parts(Figure(0.233, 0.2, 0.27))) == "23 % of vanilla's (20–27)"


def test_the_table_holds_every_measure_and_attribute_and_says_what_is_left_out(
    report: EvaluationReport,
) -> None:
    table = render_table(report)
    for measure in report.measures:
        assert f"| {measure.title} | {joined(figure_parts(measure.vanilla, measure.unit))} |" in table
        assert joined(change_parts(measure)) in table
    for each in report.attributes:
        assert f"| {each.label}{'' if each.headline else ' *'} | {each.asked} |" in table
    assert all(each in table for each in report.left_out)
    assert f"model {report.conditions.model_revision[:12]}" in table


def test_writing_replaces_what_lies_between_the_marks(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    for _ in range(2):
        write_table(path, "new")
    assert path.read_text() == f"before\n{BEGIN}\nnew\n{END}\nafter\n"


def test_a_file_without_marks_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text("mine")
    with pytest.raises(DataError, match="quality: begin"):
        check_report_place(path)
    with pytest.raises(DataError, match="quality: begin"):
        write_table(path, "new")
    assert path.read_text() == "mine"
