"""Finds the report that lies beside the adapter in use, or says why none is shown."""

from __future__ import annotations

import logging

from generation.adapter_file import adapter_revision, resolve_adapter
from generation.errors import GenerationError
from generation.evaluation_report import REPORT_NAME, EvaluationReport, read_report

log = logging.getLogger(__name__)

FOLDER = "evaluation"  # beside the adapter's file
NO_ADAPTER = "The page has no adapter for this model: set ADAPTERS to the name of one."
NONE = "This adapter comes without an evaluation: {writer} writes one."
UNREADABLE = "This adapter comes without an evaluation that can be read: {writer} writes one."
OTHER_WEIGHTS = (
    "The evaluation that comes with this adapter is of other weights, so it is not shown: {writer} writes "
    "one of these."
)
WRITER = "python -m training evaluate"
DEMO_WRITER = "python -m training demo-assets --only quality"


def read_evaluation(adapter: str) -> EvaluationReport | str:
    """The report of an adapter, given as `resolve_adapter` takes it, or the sentence to show in its place."""
    writer = DEMO_WRITER if adapter == "demo" else WRITER
    try:
        found = _read(adapter)
    except (GenerationError, OSError) as problem:
        log.warning("The evaluation of the adapter %s is not shown: %s", adapter, problem)
        found = UNREADABLE
    return found.format(writer=writer) if isinstance(found, str) else found


def _read(adapter: str) -> EvaluationReport | str:
    path = resolve_adapter(adapter)
    place = path.parent / FOLDER / REPORT_NAME
    if not place.is_file():
        return NONE
    report = read_report(place)
    return report if report.conditions.adapter_revision == adapter_revision(path) else OTHER_WEIGHTS
