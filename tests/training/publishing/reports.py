"""Reports of evaluations that nobody made."""

from __future__ import annotations

from pathlib import Path

from generation.evaluation.report import Conditions, EvaluationReport, Figure, Measure

WORDS = ("adapter", "model", "model_revision", "classifier_revision", "classifier_faces", "features", "faces")
NUMBERS = ("held_out_faces", "training_faces", "selections", "seed", "steps", "size_px", "resamples")


def make_report(adapter_revision: str) -> EvaluationReport:
    """One measure, one sentence about what was left out."""
    conditions = Conditions(
        adapter_revision=adapter_revision,
        held_out="nobody",
        training="nobody",
        guidance=4.5,
        adapter_scale=1.0,
        libraries={},
        **dict.fromkeys(WORDS, "something"),
        **dict.fromkeys(NUMBERS, 5),
    )
    vanilla, tuned = Figure(0.25, 0.2, 0.3), Figure(0.0614, 0.05, 0.07)
    kid = Measure("kid", "KID", "distance", "lower", vanilla, tuned, tuned, tuned, None, "")
    return EvaluationReport(conditions, (kid,), (), (), (), ("No CLIP is here.",))


def write_report(run_folder: Path, adapter_revision: str) -> Path:
    """Put one where `evaluate` puts it; give its place."""
    path = run_folder / "evaluation" / "report.json"
    path.parent.mkdir()
    path.write_text(make_report(adapter_revision).to_json())
    return path
