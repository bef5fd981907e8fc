"""Memorisation: copies of training faces are found in both spaces, other faces are not."""

import numpy as np
import pytest
from PIL import Image

from training.dataset import open_faces
from training.evaluation.classifier_file import load_classifier
from training.evaluation.memorisation import SPACES, Distances, nearest_distances, smallest
from training.evaluation.observations import Observations, Observer

TRAINING, OTHERS, PLANTED = 120, 120, 6


def look_at(numbers: range, darker: float = 1.0) -> Observations:
    source = open_faces("drawn:photographic")
    faces = (source.face(each).image for each in numbers)
    return Observer(load_classifier().model).observe_all(
        Image.fromarray((np.asarray(face) * darker).astype(np.uint8)) for face in faces
    )


@pytest.fixture(scope="module")
def training() -> Observations:
    return look_at(range(TRAINING))


@pytest.fixture(scope="module")
def held_out() -> Observations:
    return look_at(range(TRAINING, TRAINING + OTHERS))


@pytest.mark.parametrize("space", SPACES)
def test_planted_copies_are_found_and_nobody_else(
    space: str, training: Observations, held_out: Observations
) -> None:
    copies = look_at(range(PLANTED), darker=0.97)
    others = look_at(range(1000, 1000 + 40))
    real = nearest_distances(space, held_out, training)
    assert Distances(nearest_distances(space, copies, training), real).nearer.all()
    assert Distances(nearest_distances(space, others, training), real).nearer.mean() <= 0.05


@pytest.mark.parametrize("space", SPACES)
def test_a_training_face_is_no_distance_from_itself(space: str, training: Observations) -> None:
    found = nearest_distances(space, training.of(slice(5)), training)
    assert found == pytest.approx(np.zeros(5), abs=1e-2)


def test_of_real_faces_one_in_a_hundred_at_most_is_nearer() -> None:
    distances = Distances(np.zeros(1), np.arange(1.0, 401.0))
    assert distances.threshold == 4.0
    assert (distances.real < distances.threshold).mean() <= 0.01


def test_the_smallest_distances_come_first() -> None:
    assert smallest(np.array([5.0, 1.0, 4.0, 2.0, 3.0, 9.0])) == (1.0, 2.0, 3.0, 4.0, 5.0)
