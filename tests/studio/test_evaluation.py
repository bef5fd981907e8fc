"""What was measured of the adapter: its report, and a sentence wherever there is none to show."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path

import gradio as gr
import pytest

from generation.adapters.repository import read_local_repository
from generation.evaluation.numbers import BY_CHANCE
from generation.evaluation.report import EvaluationReport
from prompt_engine.faces.drawn import DrawnFaces
from studio.app import build_page
from studio.evaluation.found import read_evaluation
from studio.evaluation.tables import render_evaluation, render_summary
from studio.services import Services
from studio.settings import Settings
from studio.tabs.evaluation_fold import EvaluationFold
from tests.studio.reports import make_report, put_report


def words(html: str) -> list[str]:
    """What each cell of the tables says."""
    cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", html)
    return [unescape(re.sub(r"<[^>]*>", "", cell)).replace("\N{NO-BREAK SPACE}", " ") for cell in cells]


def test_a_report_shows_every_measure_with_its_intervals() -> None:
    html = render_evaluation(make_report("a"))
    said = words(html)
    assert said[:5] == ["Measure", "Vanilla", "Fine-tuned", "Change", "Held-out faces"]
    assert said[5:20] == [
        "Attributes seen Over two. Higher is better.",
        "97.8 % 96.9–98.4",
        "96.4 % 95.3–97.2",
        "−1.5 points −3.1 to 0.0",
        "97.8 % 96.9–98.4",
        "KID Faces. Lower is better.",
        "0.258 0.240–0.276",
        "0.060 0.051–0.070",
        "23 % of vanilla's 20–27",
        "0.060 0.051–0.070",
        "A score Best like held-out faces.",
        "0.258 0.240–0.276",
        "0.060 0.051–0.070",
        "−0.200 −0.210 to −0.190",
        "–",
    ]


def test_the_conditions_stand_with_the_figures() -> None:
    html = render_evaluation(make_report("a"))
    for fact in (
        "1,234 prompts",
        "1,500 faces: Drawn portraits, drawn for the prompts",
        "learned from 12,000 faces of nobody",
        "No CLIP is here.",
    ):
        assert fact in html


def test_only_attributes_that_can_be_trusted_are_in_the_table() -> None:
    html = render_evaluation(make_report("a"))
    assert words(html)[25] == "Bangs Asked for 30 times."
    assert "Pointy nose" not in "".join(words(html))
    assert "in doubt: Pointy nose." in html
    assert BY_CHANCE in html


def test_a_report_of_nothing_is_its_conditions() -> None:
    html = render_evaluation(replace(make_report("a"), measures=(), attributes=()))
    assert "<table" not in html and BY_CHANCE not in html


def test_what_a_report_says_is_escaped() -> None:
    attack, report = "<img src=x onerror=alert(1)>", make_report("a")
    conditions = replace(report.conditions, model=attack, classifier_faces=attack)
    measures = [replace(each, title=attack, note=attack) for each in report.measures]
    attributes = [replace(each, title=attack) for each in report.attributes]
    html = render_evaluation(
        replace(
            report,
            conditions=conditions,
            measures=tuple(measures),
            attributes=tuple(attributes),
            left_out=(attack,),
        )
    )
    assert "<img" not in html and html.count("&lt;img") >= 6


def test_the_summary_is_the_measures_that_say_most_and_no_attribute() -> None:
    report = make_report("a")
    html = render_summary(report)
    assert html.count('scope="row"') == 1 and "KID" in html and "Bangs" not in html
    other = replace(report, measures=report.measures[:1] + report.measures[2:])
    assert render_summary(other).count('scope="row"') == 2
    assert render_summary("Nothing.") == render_evaluation("Nothing.")


def found_in(folder: Path) -> EvaluationReport | str:
    return read_evaluation(read_local_repository(str(folder)))


def test_the_report_beside_the_adapter_is_found(tmp_path: Path) -> None:
    folder = put_report(tmp_path)
    found = found_in(folder)
    assert isinstance(found, EvaluationReport) and found.measures == make_report("a").measures
    assert found_in(next(folder.glob("*.safetensors"))) == found


def test_an_adapter_without_a_report_says_how_to_get_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (put_report(tmp_path) / "evaluation" / "report.json").unlink()
    assert found_in(tmp_path) == (
        "This adapter comes without an evaluation: python -m training evaluate writes one."
    )
    assert caplog.records == []


def test_figures_of_other_weights_are_not_shown(tmp_path: Path) -> None:
    said = found_in(put_report(tmp_path, make_report("0" * 64).to_json()))
    assert isinstance(said, str) and "of other weights" in said


def unreadable() -> Iterator[str]:
    yield from ("", "{", "[1]", '{"schema": 0}')
    values = {"schema": 1, **json.loads(make_report("a").to_json())}
    for name, value in (("guidance", 10**400), ("model", "\ud800"), ("steps", "many")):
        yield json.dumps({**values, "conditions": {**values["conditions"], name: value}})


@pytest.mark.parametrize("text", list(unreadable()), ids=range(7))
def test_an_unreadable_report_is_a_sentence_and_no_crash(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    with caplog.at_level(logging.WARNING):
        said = found_in(put_report(tmp_path, text))
    assert said == (
        "This adapter comes without an evaluation that can be read: python -m training evaluate writes one."
    )
    assert len(caplog.records) == 1 and "is not shown" in caplog.text


def test_the_fold_of_explore_is_closed_and_reads_nothing_before_it_is_opened(tmp_path: Path) -> None:
    services = Services(Settings(results_dir=tmp_path / "results"), DrawnFaces(), Path("nowhere"))
    fold = next(each for each in build_page(services).blocks.values() if each.elem_id == "evaluation")
    assert isinstance(fold, gr.Accordion) and not fold.open
    assert [each.value for each in fold.children if isinstance(each, gr.HTML)] == [None]
    assert "Attributes asked for that are seen" in EvaluationFold(services).show()


def test_the_fold_says_so_where_there_is_no_adapter(tmp_path: Path) -> None:
    settings = Settings(results_dir=tmp_path / "results", adapters={})
    assert "set ADAPTERS" in EvaluationFold(Services(settings, DrawnFaces(), Path("nowhere"))).show()


def test_the_demo_adapter_comes_with_its_own_report() -> None:
    assert isinstance(read_evaluation(read_local_repository("demo")), EvaluationReport)
