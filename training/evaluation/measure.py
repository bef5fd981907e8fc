"""Portraits of random selections by both arms: attributes seen, and distance to the photographic look."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import torch
from diffusers import StableDiffusion3Pipeline
from torch import Tensor

from generation.events import ARMS, Arm
from generation.models import ModelSpec
from generation.render import Sampling, render_batch
from prompt_engine.faces.consistency import consistent
from prompt_engine.faces.drawn import DrawnFaces
from prompt_engine.faces.person import person
from prompt_engine.faces.photographic import photographic_portrait
from prompt_engine.realiser import realise
from prompt_engine.sampler import sample_selection
from prompt_engine.selection import Selection
from training.evaluation.classifier import OUTPUTS, AttributeClassifier, classify
from training.evaluation.kid import kernel_distance
from training.pixels import to_pixels

RELIABLE = 0.97  # outputs that are less often right on held-out drawings are not reported
BATCH = 20
GENDER = "Male"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Tally:
    """How often an attribute was asked for, and how often it was then seen."""

    asked: int
    seen: int


@dataclass(frozen=True)
class Measurement:
    """One arm; `complete` portraits show all that was asked for, the gender too, of what is reported."""

    portraits: int
    complete: int
    distance: float  # to photographic portraits
    by_attribute: dict[str, Tally]

    @property
    def attributes(self) -> Tally:
        """All attributes asked for together; the gender is none of them, it is in every prompt."""
        tallies = [tally for label, tally in self.by_attribute.items() if label != GENDER]
        return Tally(sum(each.asked for each in tallies), sum(each.seen for each in tallies))

    @property
    def seen_share(self) -> float:
        """The share of the attributes asked for that were seen."""
        return self.attributes.seen / self.attributes.asked


def random_selections(count: int, seed: int) -> list[Selection]:
    """Selections of three attributes by the documented weights."""
    rng = random.Random(seed)
    return [sample_selection(rng) for _ in range(count)]


def measure(
    pipeline: StableDiffusion3Pipeline,
    spec: ModelSpec,
    classifier: AttributeClassifier,
    accuracy: dict[str, float],
    selections: Sequence[Selection],
    seed: int,
    say: Say = print,
) -> dict[Arm, Measurement]:
    """Both arms from the same prompts and noise, judged by the classifier."""
    reported = [label for label in OUTPUTS if label != "photographic" and accuracy[label] >= RELIABLE]
    _, reference = classify(classifier, reference_pixels(selections, spec.size_px, seed))
    # The kernel is cubic: features of size 1 keep its figures readable.
    scale = np.sqrt((reference**2).mean())
    found = {}
    for arm in ARMS:
        pixels = _render(pipeline, spec, selections, seed, arm, say)
        seen, features = classify(classifier, pixels)
        found[arm] = _judge(selections, reported, seen, kernel_distance(features / scale, reference / scale))
    return found


def _render(
    pipeline: StableDiffusion3Pipeline,
    spec: ModelSpec,
    selections: Sequence[Selection],
    seed: int,
    arm: Arm,
    say: Say,
) -> Tensor:
    sampling = Sampling(spec.steps, spec.guidance, spec.size_px, spec.max_sequence_length)
    parts = []
    for start in range(0, len(selections), BATCH):
        prompts = [realise(each) for each in selections[start : start + BATCH]]
        seeds = range(seed + start, seed + start + len(prompts))
        images = render_batch(pipeline, prompts, seeds, sampling, arm)
        parts.append(to_pixels(np.stack([np.asarray(image) for image in images])))
        if start % (5 * BATCH) == 0:
            say(f"{arm}: {start + len(prompts):,} of {len(selections):,} portraits")
    return torch.cat(parts)


def reference_pixels(selections: Sequence[Selection], size_px: int, seed: int) -> Tensor:
    """Photographic portraits of the same selections, otherwise as in the drawn population: (n, 3, h, w)."""
    faces = DrawnFaces("photographic", size_px=size_px)
    rng = np.random.default_rng((2, seed))
    images = []
    for selection in selections:
        labels = faces.labels(int(rng.choice(faces.ids())))
        while ("Male" in labels) != (selection.gender == "male"):
            labels = faces.labels(int(rng.choice(faces.ids())))
        someone = person(consistent([*sorted(selection.labels), *sorted(labels)]), rng)
        images.append(np.asarray(photographic_portrait(someone, size_px, rng)))
    return to_pixels(np.stack(images))


def _judge(
    selections: Sequence[Selection], reported: Sequence[str], seen: np.ndarray, distance: float
) -> Measurement:
    tally = {label: [0, 0] for label in reported}
    portraits = complete = 0
    for selection, row in zip(selections, seen, strict=True):
        said = {label: bool(row[OUTPUTS.index(label)]) for label in reported}
        right = {label: said[label] for label in selection.wanted if label in said}
        right |= {GENDER: said[GENDER] == (selection.gender == "male")} if GENDER in said else {}
        for label, is_right in right.items():
            tally[label][0] += 1
            tally[label][1] += is_right
        portraits += 1
        complete += all(right.values())
    return Measurement(
        portraits, complete, distance, {label: Tally(*pair) for label, pair in tally.items() if pair[0]}
    )


def interval(right: int, total: int, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's interval of a share."""
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share, weight = right / total, 1 + z * z / total
    centre = (share + z * z / (2 * total)) / weight
    spread = z * (share * (1 - share) / total + z * z / (4 * total**2)) ** 0.5 / weight
    return centre - spread, centre + spread
