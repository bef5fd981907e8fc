"""A report of an evaluation that nobody made, and a folder that holds it beside the shipped adapter."""

from __future__ import annotations

import shutil
from pathlib import Path

from generation.adapters.file import adapter_revision, resolve_adapter
from generation.evaluation.report import AttributeResult, Conditions, EvaluationReport, Figure, Measure

SHARES = Figure(0.9784, 0.969, 0.984), Figure(0.9637, 0.9527, 0.972)
LOSS = Figure(-0.0147, -0.0312, 0.0004)
KID = Figure(0.2581, 0.2402, 0.2764), Figure(0.0598, 0.0511, 0.0702)


def make_report(revision: str) -> EvaluationReport:
    """Three measures, and two attributes of which one is in doubt."""
    measures = (
        Measure("seen", "Attributes seen", "share", "higher", *SHARES, LOSS, None, SHARES[0], "Over two."),
        Measure(
            "kid", "KID", "distance", "lower", *KID, LOSS, Figure(0.2317, 0.2024, 0.2699), KID[1], "Faces."
        ),
        Measure("score", "A score", "score", "held_out", *KID, Figure(-0.2, -0.21, -0.19), None, None, ""),
    )
    attributes = (_attribute("Bangs", 30, ""), _attribute("Pointy nose", 1, "CelebA's label is noisy"))
    return EvaluationReport(_conditions(revision), measures, attributes, (), (), ("No CLIP is here.",))


def put_report(folder: Path, text: str | None = None) -> Path:
    """Put the shipped adapter into `folder`, and beside it a report of it, or the text in its place."""
    path = Path(shutil.copy(resolve_adapter("demo"), folder))
    report = folder / "evaluation" / "report.json"
    report.parent.mkdir()
    report.write_text(text if text is not None else make_report(adapter_revision(path)).to_json(), "utf-8")
    return folder


def _attribute(title: str, asked: int, reason: str) -> AttributeResult:
    shares, even = (*SHARES, LOSS, SHARES[0]), (None, None)
    return AttributeResult(title, title, "unflagged", asked, *shares, *even, 0.98, 0.97, reason)


def _conditions(revision: str) -> Conditions:
    return Conditions(
        adapter="mine",
        adapter_revision=revision,
        model="Demo model",
        model_revision="b" * 64,
        classifier_revision="c" * 64,
        classifier_faces="12,000 faces of nobody, tried on 2,000 others",
        features="classifier",
        faces="Drawn portraits",
        held_out="drawn for the prompts",
        held_out_faces=1_500,
        training="nobody",
        training_faces=60,
        selections=1_234,
        seed=1,
        steps=20,
        guidance=4.5,
        size_px=96,
        adapter_scale=1.0,
        resamples=1_000,
        libraries={},
    )
