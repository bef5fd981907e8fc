"""Captions of many faces: true of each, no more different ones than asked for, whatever the order."""

from collections import Counter

import numpy as np
import pytest

from prompt_engine.caption_plan import CaptionPlan, Request, plan_captions
from prompt_engine.captions import CaptionRules, write_captions
from prompt_engine.faces.drawn import DrawnFaces
from prompt_engine.realiser import parse

IDS = list(range(600))
SHARE = CaptionRules(sizes=(2, 3, 4, 5, 6), absences=0.1, tier_weights=(1, 0.5, 0.1), style="varied")
RULES = {"plain": CaptionRules(), "varied": SHARE}


@pytest.fixture(scope="module")
def faces() -> DrawnFaces:
    return DrawnFaces("flat")


def captions_of(plan: CaptionPlan, row: int) -> list[str]:
    return [plan.captions[place] for place in plan.places[row]]


def test_without_bounds_they_are_those_of_each_face_alone(faces: DrawnFaces) -> None:
    plan = plan_captions(IDS, faces.labels, Request(SHARE, 3, seed=5))
    for row, each in enumerate(IDS[:50]):
        assert captions_of(plan, row) == write_captions(each, faces.labels(each), 3, SHARE, 5)
    assert len(set(plan.captions)) == len(plan.captions) == plan.places.max() + 1


@pytest.mark.parametrize("style", RULES)
@pytest.mark.parametrize("most", [2, 40, 300])
def test_bounded_captions_are_no_more_than_asked_and_true(faces: DrawnFaces, style: str, most: int) -> None:
    plan = plan_captions(IDS, faces.labels, Request(RULES[style], 3, seed=5, most=most))
    assert len(set(plan.captions)) == len(plan.captions) <= most
    assert len(plan.captions) > 0.8 * most
    for row, each in enumerate(IDS):
        assert all(parse(caption).matches(faces.labels(each)) for caption in captions_of(plan, row))


def test_frequent_selections_stay_and_few_captions_say_nothing(faces: DrawnFaces) -> None:
    free = plan_captions(IDS, faces.labels, Request(CaptionRules(), 3, seed=5))
    bounded = plan_captions(IDS, faces.labels, Request(CaptionRules(), 3, seed=5, most=300))
    asked = Counter(free.captions[place] for place in free.places.ravel())
    ten_times = {caption for caption, times in asked.items() if times >= 10}
    assert ten_times and ten_times <= set(bounded.captions)
    said = Counter(bounded.captions[place] for place in bounded.places.ravel())
    assert (said["a man"] + said["a woman"]) / bounded.places.size < 0.01


def test_a_bound_that_is_not_reached_changes_no_caption(faces: DrawnFaces) -> None:
    free, bounded = (
        plan_captions(IDS, faces.labels, Request(CaptionRules(), 3, seed=5, most=most))
        for most in (None, 10**6)
    )
    assert free.captions == bounded.captions and np.array_equal(free.places, bounded.places)


@pytest.mark.parametrize("most", [None, 200])
def test_the_order_of_the_faces_changes_nothing(faces: DrawnFaces, most: int | None) -> None:
    request = Request(SHARE, 3, seed=5, phrasings=2, most=most)
    plan = plan_captions(IDS, faces.labels, request)
    turned = plan_captions(IDS[::-1], faces.labels, request)
    for row in range(len(IDS)):
        assert captions_of(plan, row) == captions_of(turned, len(IDS) - 1 - row)


def test_what_is_kept_depends_on_the_deciding_faces_alone(faces: DrawnFaces) -> None:
    request = Request(SHARE, 3, seed=5, most=200)
    plan = plan_captions(IDS[:400], faces.labels, request)
    longer = plan_captions(IDS, faces.labels, request, deciding=400)
    assert all(captions_of(plan, row) == captions_of(longer, row) for row in range(400))
    assert len(longer.captions) <= 200


@pytest.mark.parametrize("most", [None, 10**6])
def test_a_selection_is_said_in_no_more_sentences_than_asked(faces: DrawnFaces, most: int | None) -> None:
    plan = plan_captions(IDS, faces.labels, Request(SHARE, 4, seed=5, phrasings=2, most=most))
    sentences = Counter(parse(caption) for caption in plan.captions)
    assert max(sentences.values()) == 2


def test_another_seed_is_another_plan(faces: DrawnFaces) -> None:
    one, other = (plan_captions(IDS, faces.labels, Request(SHARE, 3, seed, most=200)) for seed in (5, 6))
    assert one.captions != other.captions


LONG = CaptionRules(sizes=(6,), absences=0.3, style="varied")


@pytest.mark.parametrize("bounds", [{}, {"phrasings": 2}, {"most": 10**6}])
def test_captions_that_are_not_read_whole_name_fewer_attributes(
    faces: DrawnFaces, bounds: dict[str, int]
) -> None:
    request = Request(LONG, 3, seed=5, **bounds)
    free = plan_captions(IDS, faces.labels, request)
    short = plan_captions(IDS, faces.labels, request, fits=lambda caption: len(caption) <= 90)
    assert max(map(len, free.captions)) > 90 >= max(map(len, short.captions))
    assert 0 < short.shortened < short.places.size and free.shortened == 0
    for row, each in enumerate(IDS):
        assert all(parse(caption).matches(faces.labels(each)) for caption in captions_of(short, row))
    named = [len({*each.wanted, *each.unwanted}) for each in map(parse, short.captions)]
    assert 3.5 < sum(named) / len(named) < 6  # no more is left out than has to be
    turned = plan_captions(IDS[::-1], faces.labels, request, fits=lambda caption: len(caption) <= 90)
    assert captions_of(turned, len(IDS) - 1) == captions_of(short, 0)


@pytest.mark.parametrize("most", [None, 200])
def test_where_all_fit_no_caption_changes(faces: DrawnFaces, most: int | None) -> None:
    request = Request(LONG, 3, seed=5, phrasings=2, most=most)
    free = plan_captions(IDS, faces.labels, request)
    assert plan_captions(IDS, faces.labels, request, fits=lambda _: True).captions == free.captions


def test_what_no_sentence_has_room_for_is_the_bare_gender(faces: DrawnFaces) -> None:
    short = plan_captions(IDS, faces.labels, Request(CaptionRules(), 2, seed=5), fits=lambda _: False)
    assert set(short.captions) == {"a woman", "a man"} and short.shortened == short.places.size
