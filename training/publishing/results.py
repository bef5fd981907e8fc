"""What the adapter changes, in figures: held-out loss, the evaluation, and the pictures side by side."""

from __future__ import annotations

from collections.abc import Iterator

from generation.evaluation.report import EvaluationReport
from training.evaluation.table import render_table
from training.publishing.markdown import table
from training.publishing.publication import Publication


def results_paragraphs(publication: Publication) -> list[str]:
    """Everything that was measured, and what was not in a sentence."""
    return [_evaluation(publication.report), *_held_out(publication), _side_by_side(publication)]


def _evaluation(report: EvaluationReport | None) -> str:
    if report is None:
        return "This adapter has not been evaluated."
    return f"{render_table(report)}\n\nAll of it is in [evaluation/report.json](evaluation/report.json)."


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
    if not publication.pictures:
        return "No pictures were made for this card."
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
