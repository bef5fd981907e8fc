"""Agreement: what was asked for and is seen, and what was not asked for and is not."""

from dataclasses import replace

import numpy as np
import pytest

from generation.events import ARMS
from prompt_engine.selection import Selection
from training.evaluation.agreement import Asked, balanced, complete, gender_share, mean_balanced, seen_share
from training.evaluation.agreement_figures import agreement_measures
from training.evaluation.intervals import resamples
from training.evaluation.material import Material
from training.evaluation.observations import Observations
from training.evaluation.reliable import Judge
from training.evaluation.scores import Score

OUTPUTS = ("Male", "Smiling", "Goatee", "Bangs")
SELECTIONS = [
    *[Selection("male", ("Goatee", "Smiling"))] * 5,
    *[Selection("male", ("Bangs",))] * 5,
    *[Selection("female", ("Smiling",), ("Bangs",))] * 5,
]
ASKED = Asked.of(SELECTIONS, OUTPUTS)
WEIGHTS = resamples(15, 1, 100)
EVERYTHING = np.ones((15, 4), dtype=bool)
NOTHING = ~EVERYTHING


def columns(*labels: str) -> list[int]:
    return [ASKED.place(label) for label in labels]


def test_what_is_asked_is_told_from_what_is_left_open() -> None:
    assert ASKED.labels == OUTPUTS
    assert ASKED.wanted.sum(axis=0).tolist() == [10, 10, 5, 5]
    assert ASKED.unwanted.sum(axis=0).tolist() == [0, 0, 0, 5]
    # Nobody asks a woman about a goatee, so that she has none says nothing.
    assert ASKED.unnamed[:, ASKED.place("Goatee")].sum() == 5


def test_who_shows_everything_is_seen_always_and_balanced_at_half() -> None:
    share = seen_share(ASKED, EVERYTHING, columns("Smiling", "Goatee"), WEIGHTS)
    even = balanced(ASKED, EVERYTHING, ASKED.place("Goatee"), WEIGHTS)
    assert share is not None and even is not None
    assert (share.value, even.value) == (1.0, 0.5)


def test_who_obeys_is_balanced_at_1() -> None:
    found = mean_balanced(ASKED, ASKED.wanted, columns("Smiling", "Goatee", "Bangs"), WEIGHTS)
    assert found is not None
    assert found.value == 1.0
    assert complete(ASKED, ASKED.wanted, columns("Smiling", "Goatee", "Bangs")).all()


def test_an_unwanted_attribute_or_the_other_gender_spoils_a_portrait() -> None:
    seen = ASKED.wanted.copy()
    seen[14, ASKED.place("Bangs")] = True
    seen[0, ASKED.place("Male")] = False
    assert np.flatnonzero(~complete(ASKED, seen, columns("Bangs"))).tolist() == [0, 14]
    assert gender_share(ASKED, seen, WEIGHTS).value == pytest.approx(14 / 15)


def test_what_is_asked_too_rarely_has_no_balanced_figure() -> None:
    few = Asked.of(SELECTIONS[:6], OUTPUTS)
    assert balanced(few, few.wanted, few.place("Bangs"), resamples(6, 1, 10)) is None


def test_a_picture_that_answers_several_prompts_is_as_uncertain_as_one() -> None:
    seen = ASKED.wanted.copy()
    seen[:, ASKED.place("Male")] ^= np.arange(15) % 3 == 0
    three = replace(ASKED, whose=np.arange(15) // 5)
    many, few = gender_share(ASKED, seen, WEIGHTS).figure(), gender_share(three, seen, WEIGHTS).figure()
    assert many.value == few.value == pytest.approx(10 / 15)
    alike = balanced(three, ASKED.wanted, ASKED.place("Goatee"), WEIGHTS)
    every = balanced(ASKED, ASKED.wanted, ASKED.place("Goatee"), WEIGHTS)
    assert alike is not None and every is not None
    assert alike.figure().low < every.figure().low - 0.1


def test_nothing_wanted_is_no_share() -> None:
    women = Asked.of([Selection("female", ("Bangs",))] * 6, OUTPUTS)
    assert seen_share(women, women.wanted, [women.place("Male")], resamples(6, 1, 10)) is None


def test_real_faces_that_are_asked_several_times_count_once() -> None:
    def material(faces: int) -> Material:
        def pictures(count: int) -> Observations:
            return Observations(EVERYTHING[:count], np.ones((count, 2)), np.zeros((count, 4), np.uint64))

        arms, scores = {arm: pictures(15) for arm in ARMS}, dict.fromkeys(OUTPUTS, Score(50, 50, 48, 47))
        real, judge = pictures(faces), Judge(scores, scores, drawn=True, at_home=True)
        return Material(ASKED, OUTPUTS, arms, arms, np.empty((0, 4)), real, real, real, judge, 1)

    few, many = ({each.key: each for each in agreement_measures(material(n)) if each} for n in (5, 15))
    for key in ("attributes_seen", "balanced_agreement", "complete", "gender", "attributes_seen_men"):
        one, other = few[key].held_out, many[key].held_out
        assert one is not None and other is not None
        assert one.value == other.value and one.high - one.low > 1.1 * (other.high - other.low), key
        assert few[key].vanilla == many[key].vanilla
