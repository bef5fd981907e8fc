"""The older template: its words, and the faults that figures published with it rest on."""

import re

import pytest

from prompt_engine.buckets import GENDERS
from prompt_engine.catalogue import catalogue
from prompt_engine.errors import InvalidSelection
from prompt_engine.realiser import parse, realise
from prompt_engine.selection import Selection


@pytest.mark.parametrize(
    ("selection", "sentence"),
    [
        (Selection("male"), "A realistic portrait of a man."),
        (Selection("female", ("Smiling",)), "A realistic portrait of a woman, with a smile."),
        (
            Selection("female", ("Wearing_Lipstick", "Young")),
            "A realistic portrait of a woman, with wearing lipstick and a youthful appearance.",
        ),
        (
            Selection("male", ("Straight_Hair", "Black_Hair", "Big_Nose")),
            "A realistic portrait of a man, with straight hair, black hair, and a prominent nose.",
        ),
    ],
)
def test_sentences(selection: Selection, sentence: str) -> None:
    assert realise(selection, "template") == sentence
    assert parse(sentence) == selection


def test_its_faults_are_as_many_as_were_published() -> None:
    sentences = [
        realise(Selection(gender, triple), "template") for gender in GENDERS for triple in catalogue(gender)
    ]
    counts = [
        sum(len(re.findall(fault, sentence)) >= least for sentence in sentences)
        for fault, least in (
            ("with wearing", 1),
            ("wearing", 2),
            ("hair\\b", 2),
            ("lips\\b", 2),
            ("cheek", 2),
        )
    ]
    assert counts == [1015, 270, 376, 60, 108]
    assert {len(sentence.split()) for sentence in sentences} <= set(range(12, 20))


def test_what_is_unwanted_cannot_be_said() -> None:
    with pytest.raises(InvalidSelection, match=r"cannot say what is unwanted \(Bald\): choose"):
        realise(Selection("male", (), ("Bald",)), "template")
