"""An adapter's evaluation from its name to its report."""

from generation.adapter_file import resolve_adapter
from generation.adapters import attach_adapter
from generation.models import model_spec
from generation.pipelines import load_pipeline
from training.evaluation.classifier import load_classifier
from training.evaluation.measure import measure, random_selections
from training.evaluation.table import render_report


def evaluate(adapter: str, count: int, seed: int) -> str:
    """The report on a demo-model adapter over `count` random selections; prints it as it goes.

    Raises:
        AdapterRejected, ModelUnavailable, DataError: the adapter, the model or the classifier is not usable.
    """
    spec = model_spec("demo")
    classifier, accuracy = load_classifier()
    pipeline = load_pipeline(spec)
    attach_adapter(pipeline, resolve_adapter(adapter))
    found = measure(pipeline, spec, classifier, accuracy, random_selections(count, seed), seed, _say)
    report = render_report(found, accuracy)
    print(report, flush=True)
    return report


def _say(line: str) -> None:
    print(line, flush=True)
