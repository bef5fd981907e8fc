"""Looks at every picture once: held-out faces, training faces, and both arms' portraits as they are made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from diffusers import StableDiffusion3Pipeline
from PIL.Image import Image

from generation.events import ARMS, Arm
from generation.render import Sampling
from prompt_engine.faces import Face
from training.evaluation.agreement import Asked
from training.evaluation.classifier_file import LearnedFrom, TrainedClassifier
from training.evaluation.material import Material, scaled
from training.evaluation.observations import Observations, Observer, joined
from training.evaluation.portraits import Say, Shots, render_shots
from training.evaluation.reliable import Judge
from training.evaluation.scores import label_table, score_outputs
from training.evaluation.sides import Sides

PAIRS = 12  # kept for the sheet


@dataclass(frozen=True)
class Studio:
    """What makes portraits: a pipeline with the adapter on it, how it samples, and at which scale."""

    pipeline: StableDiffusion3Pipeline
    sampling: Sampling
    scale: float


@dataclass(frozen=True)
class Looked:
    """What figures are computed from, what was made, and the first PAIRS portraits of each arm."""

    material: Material
    shots: Shots
    pictures: Mapping[Arm, list[Image]]


def look(
    studio: Studio, sides: Sides, observer: Observer, classifier: TrainedClassifier, seed: int, say: Say
) -> Looked:
    """Look at all pictures; the features' unit is their size in real faces."""
    shots = Shots.of(sides.held_out.selections, seed)
    say(f"looking at {sides.held_out.count:,} held-out and {len(sides.training.ids):,} training faces")
    say(shots.told)
    real, held_out, judge = _held_out(sides, observer, classifier, shots)
    training = replace(observer, clip_score=None).observe_all(each.image for each in sides.training.faces())
    arms, pictures = {}, {}
    for arm in ARMS:
        arms[arm], pictures[arm] = _portraits(studio, shots, observer, arm, say)
    unit = float((real.features**2).mean() ** 0.5) or 1.0
    everything = {arm: scaled(each, unit) for arm, each in arms.items()}
    outputs = classifier.model.outputs
    material = Material(
        asked=Asked.of(sides.held_out.selections, outputs),
        outputs=outputs,
        arms={arm: each.of(slice(shots.count)) for arm, each in everything.items()},
        everything=everything,
        groups=shots.groups,
        real=scaled(real, unit),
        held_out=scaled(held_out, unit),
        training=scaled(training, unit),
        judge=judge,
        seed=seed,
    )
    return Looked(material, shots, pictures)


def _held_out(
    sides: Sides, observer: Observer, classifier: TrainedClassifier, shots: Shots
) -> tuple[Observations, Observations, Judge]:
    """The faces that have prompts, all that are looked at, and what they tell of the classifier."""
    labels = []

    def passing(faces: Iterator[Face]) -> Iterator[Image]:
        for face in faces:
            labels.append(face.labels)
            yield face.image

    held_out = sides.held_out
    asked = observer.observe_all(passing(held_out.faces()), shots.prompts[: held_out.count])
    everyone = replace(asked, clip_scores=None)
    if held_out.others:
        unasked = replace(observer, clip_score=None).observe_all(passing(held_out.others()))
        everyone = joined([everyone, unasked])
    outputs = classifier.model.outputs
    here = score_outputs(everyone.seen, label_table(labels, outputs), outputs)
    judge = Judge(classifier.scores, here, sides.source.drawn, _knows(classifier.learned_from, sides))
    return asked, everyone, judge


def _knows(learned: LearnedFrom, sides: Sides) -> bool:
    """Whether the classifier learned from faces of this kind."""
    return learned.title == sides.source.title or (learned.first is None and sides.source.drawn)


def _portraits(
    studio: Studio, shots: Shots, observer: Observer, arm: Arm, say: Say
) -> tuple[Observations, list[Image]]:
    parts: list[Observations] = []
    kept: list[Image] = []
    for images, prompts in render_shots(studio.pipeline, shots, studio.sampling, arm, studio.scale, say):
        kept += images[: PAIRS - len(kept)]
        parts.append(observer.observe(images, prompts))
    return joined(parts), kept[: min(PAIRS, shots.count)]
