"""An adapter's evaluation from its name to its report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from PIL.Image import Image

from generation.adapters.attached import attach_adapter
from generation.adapters.file import (
    adapter_revision,
    find_adapter,
    hub_name,
    read_adapter_header,
    resolve_adapter,
)
from generation.evaluation.report import Conditions, EvaluationReport, Pair
from generation.events import Arm
from generation.loading.pipelines import load_pipeline, model_revision
from generation.models import ModelSpec, model_spec
from generation.recipe import Recipe
from generation.render import Sampling
from training.errors import DataError
from training.evaluation.agreement_figures import agreement_measures, attribute_results
from training.evaluation.classifier_file import DEFAULT_PATH, TrainedClassifier, load_classifier
from training.evaluation.feature_models import OWN, REPOSITORIES
from training.evaluation.features import find_weights, load_clip_score, load_extractor
from training.evaluation.intervals import RESAMPLES
from training.evaluation.learned_faces import Record
from training.evaluation.likeness_figures import likeness_measures
from training.evaluation.look import Looked, Studio, look
from training.evaluation.memorisation import SHARE
from training.evaluation.memorisation_figures import memorisation_figures
from training.evaluation.observations import Observer
from training.evaluation.portraits import LEAST_PROMPTS, SHARE_OF_PROMPTS, Say
from training.evaluation.sides import FaceWishes, Sides, cautions, check_judge, open_sides

REPORT_SEED = 1  # the demo model's guidance was chosen on 0; what was chosen on is not reported on
LIBRARIES = ("torch", "diffusers", "transformers", "peft", "numpy")


@dataclass(frozen=True)
class Evaluation:
    """What is evaluated, on what and how; steps and guidance None for the model's own."""

    adapter: str = "demo"
    spec: ModelSpec = field(default_factory=lambda: model_spec("demo"))
    faces: FaceWishes = FaceWishes()
    classifier: Path = DEFAULT_PATH
    features: str = OWN
    count: int = 200
    seed: int = REPORT_SEED
    steps: int | None = None
    guidance: float | None = None
    scale: float = 1.0


@dataclass(frozen=True)
class Evaluated:
    """The report, and both arms' portraits of each of `report.pairs`."""

    report: EvaluationReport
    pictures: Mapping[Arm, list[Image]]


def evaluate(asked: Evaluation, say: Say) -> Evaluated:
    """Look at the real faces, make both arms' portraits, look at them, and compute every figure.

    Raises:
        AdapterRejected, ModelUnavailable, InvalidRecipe, DataError, PromptEngineError: something that is
            needed cannot be used; found out before the first portrait is made.
    """
    path = resolve_adapter(asked.adapter)
    record = read_adapter_header(path).record
    recipe = _recipe(asked, path, record)
    classifier = load_classifier(asked.classifier)
    observer = _observer(asked.features, classifier)
    sides = open_sides(asked.faces, record, asked.count, asked.seed, say)
    check_judge(classifier, sides)
    pipeline = load_pipeline(asked.spec)
    attach_adapter(pipeline, path)
    studio = Studio(pipeline, Sampling.of(recipe), asked.scale)
    looked = look(studio, sides, observer, classifier, asked.seed, say)
    say("computing figures")
    conditions = _conditions(asked, recipe, sides, classifier)
    left_out = (*_left_out(sides, observer, classifier), *_too_few(looked), *cautions(sides, record))
    return Evaluated(_report(looked, conditions, left_out), looked.pictures)


def _recipe(asked: Evaluation, path: Path, record: Record | None) -> Recipe:
    """What all portraits have in common; the size is the one trained at, where the model makes it."""
    size = (record or {}).get("size_px")
    settings: dict[str, Any] = {
        "steps": asked.steps,
        "guidance": asked.guidance,
        "size_px": size if size in asked.spec.sizes_px else None,
    }
    local = "demo" if asked.adapter == "demo" else path.resolve().parent.name or path.name
    name = find_adapter(asked.adapter).name if hub_name(asked.adapter) else local
    recipe = Recipe(
        "a portrait", asked.seed, model=asked.spec.key, adapter=name, adapter_scale=asked.scale, **settings
    )
    return recipe.with_revisions(model_revision(asked.spec), adapter_revision(path))


def _observer(features: str, classifier: TrainedClassifier) -> Observer:
    extract = None if features == OWN else load_extractor(find_weights(features))
    try:
        return Observer(classifier.model, extract, load_clip_score(find_weights("clip")))
    except DataError:  # a second opinion: the evaluation goes without it, and says so
        return Observer(classifier.model, extract)


def _conditions(asked: Evaluation, recipe: Recipe, sides: Sides, classifier: TrainedClassifier) -> Conditions:
    learned = classifier.learned_from
    return Conditions(
        adapter=recipe.adapter or "",
        adapter_revision=recipe.adapter_revision or "",
        model=asked.spec.title,
        model_revision=recipe.model_revision or "",
        classifier_revision=classifier.revision,
        classifier_faces=f"{learned.faces:,} faces of {learned.title}, tried on {learned.held_out:,} others",
        features=asked.features,
        faces=sides.source.title,
        held_out=sides.held_out.words,
        held_out_faces=sides.held_out.count,
        training=sides.training.words,
        training_faces=len(sides.training.ids),
        selections=asked.count,
        seed=asked.seed,
        steps=recipe.steps,
        guidance=recipe.guidance,
        size_px=recipe.size_px,
        adapter_scale=recipe.adapter_scale,
        resamples=RESAMPLES,
        libraries={name: version(name) for name in LIBRARIES},
    )


def _report(looked: Looked, conditions: Conditions, left_out: tuple[str, ...]) -> EvaluationReport:
    material = looked.material
    memorised, nearness = memorisation_figures(material)
    measures = [*agreement_measures(material), *likeness_measures(material), *memorised]
    shots, shown = looked.shots, len(looked.pictures["vanilla"])
    return EvaluationReport(
        conditions,
        tuple(each for each in measures if each),
        tuple(attribute_results(material)),
        tuple(nearness),
        tuple(map(Pair, shots.prompts[:shown], shots.seeds[:shown])),
        left_out,
    )


def _left_out(sides: Sides, observer: Observer, classifier: TrainedClassifier) -> Iterator[str]:
    if observer.clip_score is None:
        yield f"CLIPScore is left out: {REPOSITORIES['clip']} is not on this machine."
    asked = {label for each in sides.held_out.selections for label in (*each.wanted, *each.unwanted)}
    if unknown := sorted(asked - set(classifier.model.outputs)):
        yield f"Asked for and not judged, because the classifier does not know them: {', '.join(unknown)}."


def _too_few(looked: Looked) -> Iterator[str]:
    if not len(looked.material.groups):
        yield (
            "Diversity within one prompt is left out: for that "
            f"{LEAST_PROMPTS * SHARE_OF_PROMPTS} prompts are needed (--count)."
        )
    faces = len(looked.material.held_out)
    if faces < 1 / SHARE:
        yield (
            f"Only {faces} held-out faces say how near strangers come to the training faces: "
            f"1 in {faces + 1} of other strangers would come nearer than all of them."
        )
