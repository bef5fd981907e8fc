"""The folder of an evaluation: the sheet, the page, and the report last, which says that all is there."""

from __future__ import annotations

from pathlib import Path

from generation.evaluation_report import REPORT_NAME
from prompt_engine.whole_file import replacing
from training.evaluation.evaluate import Evaluated
from training.evaluation.page import render_page
from training.evaluation.sheet import build_sheet, png_marks

PAGE_NAME, SHEET_NAME = "index.html", "pairs.png"


def write_evaluation(found: Evaluated, folder: Path) -> None:
    """Write all three, each whole; what else lies in the folder stays."""
    report = found.report
    sheet = build_sheet(report.pairs, found.pictures)
    page, text = render_page(report, found.pictures), report.to_json()
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / SHEET_NAME) as beside:
        sheet.save(beside, format="PNG", pnginfo=png_marks())
    for name, content in ((PAGE_NAME, page), (REPORT_NAME, text)):
        with replacing(folder / name) as beside:
            beside.write_text(content, encoding="utf-8")
