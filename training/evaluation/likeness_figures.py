"""The figures of likeness: distances to real faces, diversity, agreement with the words by CLIP."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from generation.evaluation.report import Measure
from training.evaluation.frechet import frechet_distance
from training.evaluation.intervals import Sampled, sampled_mean
from training.evaluation.kid import kernel_distance, mean_over_pairs, pair_distances, spread_of
from training.evaluation.material import Material
from training.evaluation.measured import measured
from training.evaluation.observations import Observations

Distance = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], Sampled]


def likeness_measures(material: Material) -> Iterator[Measure | None]:
    """Distances, diversity and, where there is a CLIP, its score."""
    yield from _distances(material)
    yield from _diversity(material)
    if material.arms["vanilla"].clip_scores is not None:
        yield _clip_score(material)


def _distances(material: Material) -> Iterator[Measure | None]:
    sizes = (
        f"{len(material.asked.wanted):,} portraits an arm, {len(material.real):,} held-out faces, against "
        "them as many training faces."
    )
    yield _distance_measure(material, "kid", "KID to held-out faces", kernel_distance, sizes)
    biased = f"{sizes} Too large for so few pictures, of both arms alike."
    yield _distance_measure(
        material, "frechet", "Fréchet distance to held-out faces", frechet_distance, biased
    )


def _distance_measure(
    material: Material, key: str, title: str, distance: Distance, note: str
) -> Measure | None:
    real, weights = material.real.features, material.real_weights
    others = material.training_sample.features
    return measured(
        (key, title, "distance", "lower"),
        lambda arm: distance(material.arms[arm].features, real, material.weights, weights),
        distance(others, real, material.training_weights, weights) if len(others) == len(real) else None,
        note,
        (-np.inf, np.inf),
    )


def _diversity(material: Material) -> Iterator[Measure | None]:
    yield measured(
        ("diversity", "Diversity over all prompts", "distance", "held_out"),
        lambda arm: spread_of(material.arms[arm].features, material.weights),
        spread_of(material.real.features, material.real_weights),
        "The mean distance of two portraits' features.",
        (0.0, np.inf),
    )
    groups = material.groups
    if not len(groups):
        return
    yield measured(
        ("diversity_prompt", "Diversity within one prompt", "distance", "higher"),
        lambda arm: sampled_mean(_spreads(material.everything[arm], groups), material.group_weights),
        None,
        f"{len(groups):,} prompts with {groups.shape[1]} seeds each.",
        (0.0, np.inf),
    )


def _clip_score(material: Material) -> Measure | None:
    def scores(some: Observations, weights: np.ndarray) -> Sampled | None:
        return None if some.clip_scores is None else sampled_mean(some.clip_scores, weights)

    return measured(
        ("clip_score", "CLIPScore", "score", "higher"),
        lambda arm: scores(material.arms[arm], material.weights),
        scores(material.real, material.real_weights),
        "The cosine of portrait and prompt; secondary, people often prefer the lower one.",
        (-1.0, 1.0),
    )


def _spreads(some: Observations, groups: np.ndarray) -> np.ndarray:
    """Of every prompt the mean distance of its portraits: (prompts,)."""
    alike = np.ones((1, groups.shape[1]))
    parts = (some.features[rows] for rows in groups)
    return np.array([mean_over_pairs(pair_distances(part, part), alike).value for part in parts])
