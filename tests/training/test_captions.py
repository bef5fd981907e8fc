"""Captions name only what is true of a face, in as many words as asked for."""

import random

from prompt_engine.faces.drawn import DrawnFaces
from prompt_engine.realiser import parse, realise
from training.captions import caption_selection


def test_a_caption_says_only_what_the_face_carries() -> None:
    faces, rng = DrawnFaces("flat"), random.Random(0)
    for number in range(200):
        labels = faces.labels(number)
        selection = caption_selection(labels, rng)
        assert selection.matches(labels)
        assert len(selection.wanted) <= 4
        assert parse(realise(selection)) == selection


def test_a_face_with_few_labels_gets_a_short_caption() -> None:
    assert realise(caption_selection({"Male", "No_Beard"}, random.Random(0))) == "a man"
