"""An adapter's evaluation from its name to its report."""

from pathlib import Path

from generation.adapter_file import adapter_revision, resolve_adapter
from generation.adapters import attach_adapter
from generation.models import ModelSpec, model_spec
from generation.pipelines import load_pipeline, model_revision
from training.evaluation.classifier import load_classifier
from training.evaluation.measure import measure, random_selections
from training.evaluation.table import render_report

REPORT_SEED = 1  # the demo model's guidance was chosen on 0; what was chosen on is not reported on


def evaluate(adapter: str, count: int, seed: int) -> str:
    """The report on a demo-model adapter over `count` random selections; prints it as it goes.

    Raises:
        AdapterRejected, ModelUnavailable, DataError: the adapter, the model or the classifier is not usable.
    """
    spec = model_spec("demo")
    classifier, accuracy = load_classifier()
    pipeline, path = load_pipeline(spec), resolve_adapter(adapter)
    attach_adapter(pipeline, path)
    found = measure(pipeline, spec, classifier, accuracy, random_selections(count, seed), seed, _say)
    report = "\n".join([_conditions(spec, path, count, seed), "", render_report(found, accuracy)])
    print(report, flush=True)
    return report


def _conditions(spec: ModelSpec, adapter: Path, count: int, seed: int) -> str:
    model, weights = model_revision(spec)[:12], adapter_revision(adapter)[:12]
    return (
        f"{count:,} random selections of seed {seed}, {spec.steps} steps, guidance {spec.guidance:g}, both "
        f"arms from the same noise; model {model}, adapter {weights}. In brackets 95 % intervals."
    )


def _say(line: str) -> None:
    print(line, flush=True)
