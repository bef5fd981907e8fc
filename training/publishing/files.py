"""What is sent to the Hub: the adapter, its card, and all that the card speaks of."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from generation.adapters.file import WEIGHT_NAME
from generation.evaluation.report import REPORT_NAME, EvaluationReport, read_report
from training.config_file import render_config
from training.evaluation.folder import PAGE_NAME, SHEET_NAME
from training.metrics import METRICS_FILE
from training.publishing.card import render_card
from training.publishing.finished_run import FinishedRun, NotPublishable
from training.publishing.gallery import GALLERY_FOLDER, Picture
from training.publishing.licence import notice_of
from training.publishing.private_places import without_private_places
from training.publishing.publication import Publication
from training.run_folder import CONFIG_FILE, EVALUATION_FOLDER

CARD = "README.md"
NOTICE = "NOTICE"
# Whatever lies there and is not sent is of an earlier publication, and goes.
REPLACED_FOLDERS = (f"{GALLERY_FOLDER}/", f"{EVALUATION_FOLDER}/")


def build_publication(run: FinishedRun, repo: str, pictures: tuple[Picture, ...]) -> Publication:
    """All that a card says of a run.

    Raises:
        NotPublishable: the evaluation is of something else.
        ReportUnreadable: the evaluation's report cannot be read.
    """
    return Publication(
        repo=repo,
        config=without_private_places(run.config),
        record=run.record,
        adapter_sha256=run.adapter_sha256,
        pictures=pictures,
        metrics=run.metrics,
        report=_report(run),
    )


def gather_files(run: FinishedRun, publication: Publication) -> Mapping[str, Path | bytes]:
    """Every file by its path in the repository, from this disk or as bytes."""
    notice = notice_of(publication)
    return {
        CARD: render_card(publication).encode(),
        **({NOTICE: notice.encode()} if notice else {}),
        WEIGHT_NAME: run.adapter,
        CONFIG_FILE: render_config(publication.config).encode(),
        METRICS_FILE: run.folder / METRICS_FILE,
        **{picture.path: picture.content for picture in publication.pictures},
        **_evaluation_files(run.folder / EVALUATION_FOLDER, publication.report),
    }


def _report(run: FinishedRun) -> EvaluationReport | None:
    path = run.folder / EVALUATION_FOLDER / REPORT_NAME
    if not path.is_file():
        return None
    report = read_report(path)
    if report.conditions.adapter_revision != run.adapter_sha256:
        raise NotPublishable(
            f"{path} is about another adapter than the one in {run.folder}: evaluate this one, or remove "
            "the report."
        )
    return report


def _evaluation_files(folder: Path, report: EvaluationReport | None) -> dict[str, Path | bytes]:
    """By name: whatever else may lie there is not meant for others."""
    names = () if report is None else (REPORT_NAME, PAGE_NAME, SHEET_NAME)
    return {f"{EVALUATION_FOLDER}/{name}": folder / name for name in names if (folder / name).is_file()}
