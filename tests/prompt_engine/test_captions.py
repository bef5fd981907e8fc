"""Captions name only what is true of a face, in as many words as asked for."""

import hashlib
import random
from collections import Counter

import pytest

from prompt_engine.buckets import bucket_of
from prompt_engine.captions import CaptionRules, caption_selection, write_captions
from prompt_engine.errors import PromptEngineError
from prompt_engine.faces.drawn import DrawnFaces
from prompt_engine.realiser import parse, realise
from prompt_engine.reliability import RELIABILITY, Tier

PLAIN = CaptionRules()


@pytest.fixture(scope="module")
def faces() -> DrawnFaces:
    return DrawnFaces("flat")


def test_a_caption_says_only_what_the_face_carries(faces: DrawnFaces) -> None:
    rng = random.Random(0)
    for number in range(200):
        labels = faces.labels(number)
        selection = caption_selection(labels, rng, PLAIN)
        assert selection.matches(labels)
        assert len(selection.wanted) <= 4 and not selection.unwanted
        assert parse(realise(selection)) == selection


def test_a_face_with_few_labels_gets_a_short_caption() -> None:
    assert realise(caption_selection({"Male", "No_Beard"}, random.Random(0), PLAIN)) == "a man"


def test_what_is_absent_is_said_as_often_as_asked_for(faces: DrawnFaces) -> None:
    rng, rules = random.Random(1), CaptionRules(sizes=(4,), absences=0.25)
    drawn = [
        (faces.labels(number), caption_selection(faces.labels(number), rng, rules)) for number in range(800)
    ]
    assert all(selection.matches(labels) for labels, selection in drawn)
    assert sum(len(each.unwanted) for _, each in drawn) / (4 * 800) == pytest.approx(0.25, abs=0.03)
    assert any("No_Beard" in each.wanted for _, each in drawn)


def test_a_question_that_is_answered_is_not_denied_its_other_answers(faces: DrawnFaces) -> None:
    rng, rules = random.Random(4), CaptionRules(sizes=(6,), absences=0.5)
    for number in range(400):
        drawn = caption_selection(faces.labels(number), rng, rules)
        asked = [bucket_of(drawn.gender, label) for label in drawn.wanted]
        denied = {bucket_of(drawn.gender, label).name for label in drawn.unwanted}
        assert not denied & {bucket.name for bucket in asked if not bucket.repeatable}, drawn


def test_doubtful_labels_can_be_named_less_often(faces: DrawnFaces) -> None:
    def tiers(weights: tuple[float, ...]) -> Counter[Tier]:
        rng, rules = random.Random(2), CaptionRules(sizes=(3,), tier_weights=weights)
        drawn = [caption_selection(faces.labels(number), rng, rules) for number in range(800)]
        return Counter(RELIABILITY[label].tier for each in drawn for label in each.wanted)

    alike, careful, without = tiers((1, 1, 1)), tiers((1, 0.5, 0.2)), tiers((1, 1, 0))
    assert careful[Tier.RANDOM] < 0.6 * alike[Tier.RANDOM]
    assert careful[Tier.DOUBTFUL] < alike[Tier.DOUBTFUL]
    assert without[Tier.RANDOM] == 0


def test_a_label_of_no_weight_pushes_no_other_out() -> None:
    labels, rules = {"Male", "Big_Nose", "Pointy_Nose"}, CaptionRules(sizes=(2,), tier_weights=(1, 1, 0))
    drawn = [caption_selection(labels, random.Random(seed), rules).wanted for seed in range(100)]
    assert drawn == [("Big_Nose",)] * 100


def test_the_better_label_of_a_bucket_is_named_more_often() -> None:
    labels, rules = {"Male", "Big_Nose", "Pointy_Nose"}, CaptionRules(sizes=(1,), tier_weights=(1, 1, 0.25))
    drawn = [caption_selection(labels, random.Random(seed), rules).wanted for seed in range(1000)]
    assert Counter(drawn)[("Big_Nose",)] / 1000 == pytest.approx(0.8, abs=0.04)


def test_what_captions_of_equal_weights_name_stays_what_it_was(faces: DrawnFaces) -> None:
    rng = random.Random(3)
    drawn = [caption_selection(faces.labels(number), rng, CaptionRules()) for number in range(200)]
    named = repr([each.wanted for each in drawn])
    assert hashlib.sha256(named.encode()).hexdigest() == (
        "dd7b79595ff9f36d3f22839374f89cd202571830bb0b592455ab73fb11892b5c"
    )


@pytest.mark.parametrize("style", ["plain", "varied"])
def test_captions_depend_on_the_face_and_the_seed_alone(faces: DrawnFaces, style: str) -> None:
    rules = CaptionRules(absences=0.1, style=style)
    first = write_captions(7, faces.labels(7), 4, rules, seed=1)
    assert first == write_captions(7, faces.labels(7), 4, rules, seed=1)
    assert first != write_captions(7, faces.labels(7), 4, rules, seed=2)
    assert all(parse(caption).matches(faces.labels(7)) for caption in first)


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ({"sizes": ()}, "choose 0 to 6"),
        ({"sizes": (3, 7)}, "choose 0 to 6"),
        ({"absences": 1.5}, "from 0 to 1"),
        ({"tier_weights": (1, 1)}, "three numbers"),
        ({"tier_weights": (1, 1, -1)}, "three numbers"),
        ({"tier_weights": (0, 0, 0)}, "not all 0"),
        ({"tier_weights": (1, 1, float("inf"))}, "three numbers"),
        ({"tier_weights": (1, 1, float("nan"))}, "three numbers"),
        ({"style": "template", "absences": 0.5}, "template style cannot say what a face lacks"),
        ({"style": "varried"}, "did you mean 'varied'"),
    ],
)
def test_rules_that_no_caption_can_follow_are_refused(rules: dict[str, tuple], says: str) -> None:
    with pytest.raises(PromptEngineError, match=says):
        CaptionRules(**rules)
