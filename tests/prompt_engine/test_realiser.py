"""Sentences: grammar over the whole catalogue, and reading them back."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompt_engine.buckets import GENDERS, buckets
from prompt_engine.catalogue import catalogue
from prompt_engine.errors import InvalidSelection
from prompt_engine.realiser import parse, realise
from prompt_engine.sampler import sample_selection
from prompt_engine.selection import Selection

_HEAD_NOUNS = ("hair", "eyebrows", "nose", "eyes", "lips", "cheeks", "wearing", "with", "man", "woman")


@st.composite
def selections(draw: st.DrawFn) -> Selection:
    """Any valid selection: up to everything wanted that goes together, and any others unwanted."""
    gender = draw(st.sampled_from(GENDERS))
    wanted: list[str] = []
    for each in buckets(gender):
        most = len(each.attributes) if each.repeatable else 1
        wanted += draw(st.lists(st.sampled_from(sorted(each.attributes)), unique=True, max_size=most))
    left = sorted({label for each in buckets(gender) for label in each.attributes} - set(wanted))
    return Selection(gender, tuple(wanted), tuple(draw(st.lists(st.sampled_from(left), unique=True))))


@pytest.mark.parametrize(
    ("selection", "sentence"),
    [
        (Selection("male"), "a man"),
        (Selection("female", ("Attractive",)), "an attractive woman"),
        (
            Selection("female", ("Black_Hair", "Smiling", "Eyeglasses")),
            "a woman with black hair and a smile, wearing eyeglasses",
        ),
        (Selection("male", ("Straight_Hair", "Black_Hair")), "a man with straight black hair"),
        (
            Selection("male", ("Bald", "Young", "Big_Nose", "Smiling")),
            "a bald young man with a big nose and a smile",
        ),
        (Selection("female", ("Wearing_Earrings", "Wearing_Hat")), "a woman wearing earrings and a hat"),
        (
            Selection("female", ("Oval_Face", "Pale_Skin", "Rosy_Cheeks")),
            "a woman with an oval face, rosy cheeks and pale skin",
        ),
        (
            Selection("male", ("Smiling",), ("Young", "Chubby", "Eyeglasses", "Bangs")),
            "a man with a smile, not chubby or young, without bangs or eyeglasses",
        ),
        (
            Selection("female", (), ("Wavy_Hair", "Black_Hair", "Wearing_Hat")),
            "a woman without wavy or black hair or a hat",
        ),
        (
            Selection("male", (), ("Goatee", "Mustache", "Sideburns", "5_o_Clock_Shadow")),
            "a clean-shaven man",
        ),
        (Selection("male", (), ("Goatee", "Mustache")), "a man without a goatee or a mustache"),
    ],
)
def test_sentences(selection: Selection, sentence: str) -> None:
    assert realise(selection) == sentence
    assert parse(sentence) == selection


@pytest.mark.parametrize("gender", GENDERS)
def test_the_whole_catalogue_is_grammatical_and_reads_back(gender: str) -> None:
    triples = catalogue(gender)
    sentences = {realise(Selection(gender, triple)): triple for triple in triples}
    assert len(sentences) == len(triples)
    for sentence, triple in sentences.items():
        _check_grammar(sentence)
        assert parse(sentence).wanted == triple


def _check_grammar(sentence: str) -> None:
    words = re.findall(r"[\w'-]+", sentence)
    assert "with wearing" not in sentence
    assert "  " not in sentence
    assert all(words.count(noun) <= 1 for noun in _HEAD_NOUNS), sentence
    assert not re.search(r"\ba [aeio]|\ban [^aeio]|\b(\w+) \1\b|, ,|,$", sentence), sentence
    assert sentence.count(" and ") <= 2


def test_six_attributes_stay_within_24_words() -> None:
    rng = random.Random(11)
    for _ in range(1500):
        sentence = realise(sample_selection(rng, size=6))
        _check_grammar(sentence)
        assert len(sentence.split()) <= 24, sentence


@given(selections())
def test_every_selection_reads_back(selection: Selection) -> None:
    assert parse(realise(selection)) == selection


@pytest.mark.parametrize(
    "sentence",
    [
        "",
        "a dog",
        "a woman ",
        "A woman",
        "an woman",
        "a woman with brown hair.",
        "a woman with a smile and black hair",
        "a woman with wearing eyeglasses",
        "a man with a wooden leg",
        "a woman with a goatee",
        "a man with black hair and blond hair",
        "a portrait of a woman with black hair",
    ],
)
def test_other_sentences_are_refused(sentence: str) -> None:
    with pytest.raises(InvalidSelection, match="The sentence"):
        parse(sentence)
