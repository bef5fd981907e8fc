"""What the adapter changes, in figures: held-out loss, the evaluation, and the pictures side by side."""

from __future__ import annotations

from collections.abc import Iterator

from generation.evaluation_report import EvaluationReport, Figure
from training.publishing.markdown import table
from training.publishing.publication import Publication


def results_paragraphs(publication: Publication) -> list[str]:
    """Everything that was measured, and what was not in a sentence."""
    return [*_evaluation(publication.report), *_held_out(publication), _side_by_side(publication)]


def _evaluation(report: EvaluationReport | None) -> Iterator[str]:
    if report is None:
        yield "This adapter has not been evaluated."
        return
    conditions = report.conditions
    yield (
        f"Measured on {conditions.selections:,} held-out selections of attributes, the same noise for both "
        f"arms: {conditions.steps} steps, guidance {conditions.guidance:g}, {conditions.size_px} px, "
        f"seed {conditions.seed}; in brackets 95 % intervals. All of it is in "
        "[evaluation/report.json](evaluation/report.json)."
    )
    yield table(
        ["measured", "better", "vanilla", "fine-tuned", "real faces"],
        [
            (
                measure.title,
                "as real" if measure.better == "real" else measure.better,
                _figure(measure.vanilla, measure.unit),
                _figure(measure.fine_tuned, measure.unit),
                "" if measure.real is None else _figure(measure.real, measure.unit),
            )
            for measure in report.measures
        ],
    )
    yield " ".join(report.left_out)


def _figure(figure: Figure, unit: str) -> str:
    if unit == "share":
        return f"{figure.value:.1%} ({figure.low:.1%} to {figure.high:.1%})"
    return f"{figure.value:.3g} ({figure.low:.3g} to {figure.high:.3g})"


def _held_out(publication: Publication) -> Iterator[str]:
    held_out = publication.held_out
    if held_out is None:
        return
    arms = [("vanilla", held_out["vanilla"]), ("fine-tuned", held_out["fine_tuned"])]
    yield "Loss on faces that were not learned from, by noise level (sigma; 1 is pure noise):"
    yield table(
        ["sigma", *(f"{sigma:.3g}" for sigma in held_out["sigmas"]), "mean"],
        [(arm, *(f"{loss:.4f}" for loss in losses), f"{_mean(losses):.4f}") for arm, losses in arms],
    )


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _side_by_side(publication: Publication) -> str:
    pairs = zip(publication.pictures[::2], publication.pictures[1::2], strict=True)
    return table(
        ["prompt", "seed", "vanilla", "fine-tuned"],
        [
            (
                vanilla.recipe.prompt,
                vanilla.recipe.seed,
                f"![vanilla]({vanilla.path})",
                f"![fine-tuned]({tuned.path})",
            )
            for vanilla, tuned in pairs
        ],
    )
