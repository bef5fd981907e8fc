"""The figures of memorisation: the share of copies in every space, and the nearest distances by name."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from generation.evaluation.report import Measure, Nearness
from generation.events import ARMS, Arm
from training.evaluation.intervals import Sampled, resamples
from training.evaluation.material import Material
from training.evaluation.measured import measured
from training.evaluation.memorisation import SPACES, Distances, nearest_distances, smallest
from training.evaluation.shares import sampled_share


def memorisation_figures(material: Material) -> tuple[list[Measure], list[Nearness]]:
    """In every space the share of portraits nearer to a training face than 1 % of held-out faces are."""
    measures, nearness = [], []
    for space, words in SPACES.items():
        distances = _distances(space, material)
        measures.append(_share(space, words, distances, material))
        nearness.append(_nearness(space, words, distances["vanilla"], distances["fine_tuned"]))
    return measures, nearness


def _distances(space: str, material: Material) -> dict[Arm, Distances]:
    real = nearest_distances(space, material.held_out, material.training)
    return {
        arm: Distances(nearest_distances(space, material.arms[arm], material.training), real) for arm in ARMS
    }


def _share(space: str, words: str, distances: Mapping[Arm, Distances], material: Material) -> Measure:
    def share(nearer: np.ndarray, weights: np.ndarray) -> Sampled:
        return sampled_share(nearer.astype(float), np.ones(len(nearer)), weights)

    vanilla = distances["vanilla"]
    measure = measured(
        (
            f"memorised_{space}",
            f"Nearer to a training face than 1 % of held-out faces ({words})",
            "share",
            "lower",
        ),
        lambda arm: share(distances[arm].nearer, material.weights),
        share(vanilla.real < vanilla.threshold, resamples(len(vanilla.real), material.seed + 4)),
        f"Nearest of {len(material.training):,} training faces; {len(material.held_out):,} held out.",
        (0.0, 1.0),
    )
    assert measure
    return measure


def _nearness(space: str, words: str, vanilla: Distances, tuned: Distances) -> Nearness:
    return Nearness(
        space=space,
        title=words,
        threshold=vanilla.threshold,
        held_out_median=float(np.median(vanilla.real)),
        vanilla_median=float(np.median(vanilla.pictures)),
        fine_tuned_median=float(np.median(tuned.pictures)),
        held_out_nearest=smallest(vanilla.real),
        vanilla_nearest=smallest(vanilla.pictures),
        fine_tuned_nearest=smallest(tuned.pictures),
    )
