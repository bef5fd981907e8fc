"""The report: what was written reads back, what is no report is refused, and reading needs no torch."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from generation.evaluation.report import EvaluationReport, ReportUnreadable, read_report


def test_what_was_written_reads_back(report: EvaluationReport, tmp_path: Path) -> None:
    (tmp_path / "evaluation").mkdir()
    path = tmp_path / "evaluation" / "report.json"
    path.write_text(report.to_json(), encoding="utf-8")
    assert read_report(path) == read_report(path.parent) == read_report(tmp_path) == report


def test_a_measure_is_found_by_its_key(report: EvaluationReport) -> None:
    kid = report.measure("kid")
    assert kid is not None and kid.unit == "distance"
    assert report.measure("unheard_of") is None


def changed(report: EvaluationReport, change: dict[str, Any]) -> str:
    return json.dumps({**json.loads(report.to_json()), **change})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"schema": 0}, "has schema 0, not 1"),
        ({"pairs": [{"prompt": "a man", "seed": "seven"}]}, r"report\.pairs\[0\]\.seed is 'seven'"),
        ({"pairs": "none"}, r"report\.pairs is 'none'"),
        ({"more": 1}, "report does not hold exactly conditions, measures"),
        ({"conditions": {}}, r"report\.conditions does not hold exactly adapter"),
    ],
)
def test_another_form_is_refused_by_place(
    report: EvaluationReport, tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    path = tmp_path / "report.json"
    path.write_text(changed(report, change), encoding="utf-8")
    with pytest.raises(ReportUnreadable, match=said):
        read_report(path)


@pytest.mark.parametrize("text", ["", "[1]", "{", '{"schema": 1', '{"schema": 1, "measures": NaN}'])
def test_what_is_no_report_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(text)
    with pytest.raises(ReportUnreadable, match="report.json"):
        read_report(path)
    with pytest.raises(ReportUnreadable, match="cannot be read"):
        read_report(tmp_path / "nowhere")


def test_a_figure_that_is_no_number_is_not_written(report: EvaluationReport) -> None:
    kid = report.measures[0]
    broken = replace(kid, vanilla=replace(kid.vanilla, value=float("nan")))
    with pytest.raises(ValueError, match="JSON compliant"):
        replace(report, measures=(broken,)).to_json()


def test_a_measure_of_an_unknown_unit_is_refused(report: EvaluationReport) -> None:
    with pytest.raises(ReportUnreadable, match="unit 'furlong'"):
        replace(report.measures[0], unit="furlong")


def test_reading_needs_no_torch(repository: Path) -> None:
    code = "import sys, generation.evaluation.report; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=repository, capture_output=True, text=True)
    assert done.stdout.strip() == "False"
