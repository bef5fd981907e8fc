"""A report as a Markdown table, and its place in a file."""

from __future__ import annotations

from pathlib import Path

from generation.evaluation.numbers import change_parts, figure_parts, joined
from generation.evaluation.report import AttributeResult, EvaluationReport, Measure
from prompt_engine.whole_file import replacing
from training.errors import DataError
from training.evaluation.reliable import LEAST_BALANCED_ACCURACY

BEGIN, END = "<!-- quality: begin -->", "<!-- quality: end -->"


def render_table(report: EvaluationReport) -> str:
    """The conditions, every measure of both arms, every attribute, and what was left out."""
    parts = [conditions_text(report), "", *_measures(report), "", *_attributes(report), "", *_notes(report)]
    return "\n".join(parts)


def conditions_text(report: EvaluationReport) -> str:
    """What was measured and how, in a few sentences."""
    was = report.conditions
    return (
        f"{was.selections:,} prompts, {was.held_out_faces:,} held-out faces to compare with "
        f"({was.faces}, {was.held_out}), seed {was.seed}, {was.steps} steps, "
        f"guidance {was.guidance:g}, adapter scale {was.adapter_scale:g}, {was.size_px} px, both arms from "
        f"the same noise; model {was.model_revision[:12]}, adapter {was.adapter_revision[:12]}. "
        f"Features: {was.features}; the classifier learned from {was.classifier_faces}. "
        "In brackets 95 % intervals."
    )


def headline_rule(report: EvaluationReport) -> str:
    """Which attributes the headline figures are over."""
    count = sum(each.headline for each in report.attributes)
    return (
        f"Headline figures are over {count} attributes: those of which CelebA's labels are not flagged "
        "as doubtful (drawn labels never are) and the classifier reaches a balanced accuracy of "
        f"{LEAST_BALANCED_ACCURACY:.0%} on faces it did not learn from, its own and this evaluation's."
    )


def check_report_place(path: Path) -> str:
    """The text of `path`.

    Raises:
        DataError: the file or its marks are missing.
    """
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    if BEGIN not in text or END not in text.partition(BEGIN)[2]:
        raise DataError(
            f"{path} has no lines {BEGIN} and, below it, {END} to put the table between: add them."
        )
    return text


def write_table(path: Path, table: str) -> None:
    """Replaces what lies between the marks in `path`.

    Raises:
        DataError: the file or its marks are missing.
    """
    before, rest = check_report_place(path).split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    with replacing(path) as beside:
        beside.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")


def _measures(report: EvaluationReport) -> list[str]:
    rows = [_row("measured", "vanilla", "fine-tuned", "change", "held-out faces"), _row(*["---"] * 5)]
    return rows + [_measure(each) for each in report.measures]


def _measure(measure: Measure) -> str:
    held_out = joined(figure_parts(measure.held_out, measure.unit)) if measure.held_out else ""
    arms = (joined(figure_parts(each, measure.unit)) for each in (measure.vanilla, measure.fine_tuned))
    return _row(measure.title, *arms, joined(change_parts(measure)), held_out)


def _attributes(report: EvaluationReport) -> list[str]:
    rows = [_row("attribute", "asked for", "vanilla", "fine-tuned", "held-out faces", "classifier right")]
    return [*rows, _row(*["---"] * 6), *map(_attribute, report.attributes)]


def _attribute(result: AttributeResult) -> str:
    shares = (f"{each.value:.0%}" for each in (result.vanilla, result.fine_tuned, result.held_out))
    right = "" if result.classifier is None else f"{result.classifier:.1%}"
    return _row(f"{result.label}{'' if result.headline else ' *'}", f"{result.asked:,}", *shares, right)


def _notes(report: EvaluationReport) -> list[str]:
    starred = ["\\* In no headline figure; `report.json` says why of each."]
    apart = any(not each.headline for each in report.attributes)
    return [" ".join([headline_rule(report), *(starred if apart else []), *report.left_out])]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
