"""Random selections: weights, exclusion, and the same ones everywhere."""

import math
import random
from collections import Counter

import pytest

from prompt_engine.buckets import GENDERS, bucket_of, buckets
from prompt_engine.errors import InvalidSelection, UnknownName
from prompt_engine.realiser import realise
from prompt_engine.sampler import sample_selection


def test_a_seed_gives_these_sentences_on_any_machine() -> None:
    rng = random.Random(7)
    assert [realise(sample_selection(rng)) for _ in range(3)] == [
        "a man with a goatee, a receding hairline and high cheekbones",
        "a woman with wavy hair and an oval face, wearing heavy makeup",
        "a man with a receding hairline, a double chin and under-eye bags",
    ]


@pytest.mark.parametrize("gender", GENDERS)
def test_one_attribute_follows_the_documented_weights(gender: str) -> None:
    rng = random.Random(1)
    draws = 20_000
    seen = Counter(sample_selection(rng, gender, 1).wanted[0] for _ in range(draws))
    for each in buckets(gender):
        for label, weight in each.attributes.items():
            share = each.weight * weight
            spread = math.sqrt(share * (1 - share) / draws)
            assert seen[label] / draws == pytest.approx(share, abs=4.5 * spread), label


def test_buckets_are_exclusive_and_other_repeats() -> None:
    rng = random.Random(2)
    drawn = [sample_selection(rng, size=4) for _ in range(2000)]
    assert all(len(selection.wanted) == 4 for selection in drawn)
    others = [
        sum(bucket_of(selection.gender, label).name == "other" for label in selection.wanted)
        for selection in drawn
    ]
    assert max(others) >= 2


def test_both_genders_are_drawn_alike() -> None:
    rng = random.Random(3)
    men = sum(sample_selection(rng).gender == "male" for _ in range(4000))
    assert men == pytest.approx(2000, abs=150)


@pytest.mark.parametrize("gender", ["male", "female", None])
def test_as_many_as_a_selection_holds(gender: str | None) -> None:
    assert len(sample_selection(random.Random(4), gender, 6).wanted) == 6
    with pytest.raises(InvalidSelection, match="choose 0 to 6"):
        sample_selection(random.Random(4), gender, 7)


def test_no_face_is_asked_for_that_cannot_be() -> None:
    rng = random.Random(6)
    for _ in range(2000):
        assert not sample_selection(rng, size=6).crowded


def test_nothing_and_nonsense() -> None:
    assert sample_selection(random.Random(5), "male", 0).wanted == ()
    with pytest.raises(InvalidSelection):
        sample_selection(random.Random(5), "male", -1)
    with pytest.raises(UnknownName):
        sample_selection(random.Random(5), "men")
