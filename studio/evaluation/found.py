"""The report that lies beside an adapter, or why none is shown."""

from __future__ import annotations

import logging

from generation.adapters.repository import REPORT, AdapterRepository
from generation.errors import GenerationError
from generation.evaluation.report import EvaluationReport, read_report

log = logging.getLogger(__name__)

NONE = "This adapter comes without an evaluation: {writer} writes one."
UNREADABLE = "This adapter comes without an evaluation that can be read: {writer} writes one."
OTHER_WEIGHTS = (
    "The evaluation that comes with this adapter is of other weights, so it is not shown: {writer} writes "
    "one of these."
)
WRITER = "python -m training evaluate"
DEMO_WRITER = "python -m training demo-assets --only quality"


def read_evaluation(repository: AdapterRepository) -> EvaluationReport | str:
    """The report of an adapter, or the sentence to show in its place."""
    writer = DEMO_WRITER if repository.name == "demo" else WRITER
    try:
        found = _read(repository)
    except (GenerationError, OSError) as problem:
        log.warning("The evaluation of the adapter %s is not shown: %s", repository.name, problem)
        found = UNREADABLE
    return found.format(writer=writer) if isinstance(found, str) else found


def _read(repository: AdapterRepository) -> EvaluationReport | str:
    if REPORT in repository.left_out:
        return repository.left_out[REPORT]
    if REPORT not in repository.beside:
        return NONE
    report = read_report(repository.beside[REPORT])
    return report if report.conditions.adapter_revision == repository.sha256 else OTHER_WEIGHTS
