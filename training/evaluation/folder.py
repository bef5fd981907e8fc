"""The folder of an evaluation: the sheet, the page, and the report last, which says that all is there."""

from __future__ import annotations

import os
from pathlib import Path

from generation.evaluation.report import REPORT_NAME
from prompt_engine.whole_file import replacing
from training.errors import DataError
from training.evaluation.evaluate import Evaluated
from training.evaluation.page import render_page
from training.evaluation.sheet import build_sheet, png_marks

PAGE_NAME, SHEET_NAME = "index.html", "pairs.png"


def check_folder(folder: Path) -> None:
    """Refuse a place that cannot be written to, before the work is done for it.

    Raises:
        DataError: it is a file, or may not be written to.
    """
    there = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        raise DataError(f"The evaluation cannot be written to {folder}: choose another folder with --out.")


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
