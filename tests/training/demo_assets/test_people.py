"""People to learn from: every attribute is common, nobody contradicts themselves, always the same ones."""

import numpy as np

from prompt_engine.attributes import LABELS
from prompt_engine.faces.consistency import EXCLUSIVE, FACIAL_HAIR
from training.demo_assets.people import NEVER, draw_people, people_labels
from training.demo_assets.textures import texture


def test_every_attribute_is_common() -> None:
    people = people_labels(1500, seed=3)
    for label in LABELS:
        share = sum(label in labels for labels in people) / len(people)
        assert share >= 0.07 if label not in NEVER else label == "No_Beard" or share == 0, label


def test_nobody_contradicts_themselves() -> None:
    for labels in people_labels(500, seed=4):
        assert all(len(labels & set(group)) <= 1 for group in EXCLUSIVE)
        assert ("No_Beard" in labels) == labels.isdisjoint(FACIAL_HAIR)


def test_the_first_people_do_not_depend_on_how_many_are_drawn() -> None:
    few, labels = draw_people(3, "flat", 96, seed=5)
    more, more_labels = draw_people(6, "flat", 96, seed=5)
    assert np.array_equal(few, more[:3]) and labels == more_labels[:3]
    assert labels == people_labels(3, seed=5)
    assert not np.array_equal(few, draw_people(3, "flat", 96, seed=6)[0])


def test_textures_differ_and_fill_the_range() -> None:
    pictures = [texture(96, np.random.default_rng(seed)) for seed in range(8)]
    assert all(picture.shape == (96, 96, 3) and picture.dtype == np.uint8 for picture in pictures)
    assert len({picture.tobytes() for picture in pictures}) == 8
    assert min(picture.std() for picture in pictures) > 15
