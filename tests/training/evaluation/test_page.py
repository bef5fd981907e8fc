"""The folder of an evaluation, and its page in a real browser, on a desk and on a phone."""

import re
from dataclasses import replace
from html import escape
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser

from generation.evaluation.numbers import BY_CHANCE
from generation.evaluation.report import EvaluationReport, Figure, Pair, read_report
from training.evaluation.bars import interval_bars, span_of
from training.evaluation.evaluate import Evaluated
from training.evaluation.folder import write_evaluation
from training.evaluation.page import render_page


@pytest.fixture(scope="module")
def folder(evaluated: Evaluated, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("run") / "evaluation"
    write_evaluation(evaluated, home)
    return home


def test_the_folder_holds_report_page_and_sheet(folder: Path, report: EvaluationReport) -> None:
    assert sorted(path.name for path in folder.iterdir()) == ["index.html", "pairs.png", "report.json"]
    assert read_report(folder) == report
    with Image.open(folder / "pairs.png") as sheet:
        assert "AI-generated" in sheet.info["Comment"]
        assert np.asarray(sheet).std() > 10


def test_writing_again_leaves_other_files_alone(evaluated: Evaluated, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    for _ in range(2):
        write_evaluation(evaluated, tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 4


def test_the_page_needs_nothing_else_and_names_every_figure(folder: Path, report: EvaluationReport) -> None:
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert not re.search(r'(src|href)="(?!data:)|url\(|@import|<script', page)
    for words in (*(each.title for each in report.measures), *(each.title for each in report.attributes)):
        assert escape(words) in page
    assert report.conditions.adapter_revision in page
    assert BY_CHANCE in page


def test_words_from_outside_are_text_on_the_page(evaluated: Evaluated) -> None:
    report = replace(evaluated.report, pairs=(Pair("<script>", 1),))
    page = render_page(report, {arm: images[:1] for arm, images in evaluated.pictures.items()})
    assert "<script>" not in page and "&lt;script&gt;" in page


@pytest.mark.parametrize("width_px", [1280, 390])
def test_the_page_fits_its_width_and_asks_for_nothing(browser: Browser, folder: Path, width_px: int) -> None:
    page = browser.new_page(viewport={"width": width_px, "height": 900})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((folder / "index.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == width_px
    assert page.locator("figure img").first.is_visible()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    page.close()


def test_a_bar_begins_at_zero_and_its_whisker_spans_the_interval() -> None:
    vanilla, tuned = Figure(2.0, 1.0, 3.0), Figure(-1.0, -2.0, 0.0)
    span = span_of((vanilla, tuned, None))
    assert span == pytest.approx((-2.0, 3.15))
    drawn = interval_bars(vanilla, tuned, None, (-2.0, 8.0), "KID")
    assert '<rect class="vanilla" x="20.00" y="2" width="20.00"' in drawn
    assert '<rect class="tuned" x="10.00" y="14" width="10.00"' in drawn
    assert '<line class="whisker" x1="30.00" x2="50.00"' in drawn
