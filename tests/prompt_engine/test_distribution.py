"""What each sampling mode draws: exact probabilities, realised shares, and never below the threshold."""

import random
from collections import Counter
from math import fsum

import numpy as np
import pytest

from prompt_engine.attribute_file import AttributeTable
from prompt_engine.attributes import LABELS
from prompt_engine.counts import AggregateCounts
from prompt_engine.distribution import MODES, distribution, rounded_percentages
from prompt_engine.errors import InvalidSelection, UnknownName
from prompt_engine.facets import COLUMN
from prompt_engine.index import AttributeIndex
from prompt_engine.prompt_sampler import PromptSampler
from prompt_engine.query import Query
from prompt_engine.realiser import realise
from prompt_engine.selection import Selection

DRAWS = 100_000
# Prompts of three and of five attributes, drawn with the seed 7.
EXPECTED = {
    "legacy": [
        "a man with a goatee, a receding hairline and high cheekbones",
        "a man with black hair, a goatee, a receding hairline, high cheekbones and a big nose",
    ],
    "faithful": [
        "an attractive woman with arched eyebrows, wearing lipstick",
        "an attractive woman with brown hair, arched eyebrows and a smile, wearing lipstick",
    ],
    "uniform": [
        "a chubby bald man wearing a hat",
        "a chubby bald man with sideburns and under-eye bags, wearing a hat",
    ],
    "coverage": [
        "a chubby man with bangs and a pointy nose",
        "a chubby man with a mustache, bangs and a pointy nose, wearing eyeglasses",
    ],
}


@pytest.fixture(scope="module")
def counts() -> AggregateCounts:
    return AggregateCounts.load()


@pytest.mark.parametrize("mode", MODES)
def test_realised_shares_are_the_exact_ones(mode: str, counts: AggregateCounts) -> None:
    exact = distribution(mode, counts.match_count)
    sampler, rng = PromptSampler(mode, counts), random.Random(11)
    drawn = [sampler.draw(rng) for _ in range(DRAWS)]
    named = Counter((each.gender, label) for each in drawn for label in each.wanted)
    mentions = exact.mentions()
    assert fsum(mentions.values()) == pytest.approx(1.0)
    assert set(named) <= set(mentions)
    for key, share in mentions.items():
        assert named[key] / (3 * DRAWS) == pytest.approx(share, abs=0.005), key
    shares = {f"{gender} {label}": share for (gender, label), share in mentions.items()}
    assert fsum(rounded_percentages(shares).values()) == pytest.approx(100.0, abs=1e-9)


def test_the_documented_weights_name_a_rare_prompt_as_often_as_measured(counts: AggregateCounts) -> None:
    exact = distribution("legacy", counts.match_count)
    images = [counts.match_count(Query.of(prompt)).images for prompt in exact.prompts]
    rare = fsum(weight for weight, found in zip(exact.weights, images, strict=True) if found < 200)
    none = fsum(weight for weight, found in zip(exact.weights, images, strict=True) if found == 0)
    assert 100 * rare / exact.total == pytest.approx(9.9, abs=0.05)
    assert 100 * none / exact.total == pytest.approx(0.20, abs=0.01)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("gender", [None, "male"])
def test_nothing_below_the_threshold_is_drawn(mode: str, gender: str | None, counts: AggregateCounts) -> None:
    sampler, rng = PromptSampler(mode, counts, gender, least_images=200), random.Random(12)
    for _ in range(2_000):
        assert counts.match_count(Query.of(sampler.draw(rng))).images >= 200


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", [0, 1, 2, 4, 5, 6])
def test_prompts_of_every_size(mode: str, size: int, celeba_index: AttributeIndex) -> None:
    sampler, rng = PromptSampler(mode, celeba_index, size=size, least_images=50), random.Random(13)
    for _ in range(20):
        drawn = sampler.draw(rng)
        assert len(drawn.wanted) == size and not drawn.crowded
        assert size == 0 or celeba_index.count(Query.of(drawn)) >= 50


def test_the_same_seed_draws_the_same_everywhere(counts: AggregateCounts) -> None:
    drawn = {
        mode: [realise(PromptSampler(mode, counts, size=size).draw(random.Random(7))) for size in (3, 5)]
        for mode in MODES
    }
    assert drawn == EXPECTED


def test_beyond_the_counts_a_threshold_needs_celeba(counts: AggregateCounts) -> None:
    with pytest.raises(InvalidSelection, match="only known with CelebA at hand"):
        PromptSampler("legacy", counts, size=4, least_images=200).draw(random.Random(1))


def test_what_cannot_be_drawn_is_said(counts: AggregateCounts) -> None:
    with pytest.raises(UnknownName, match="did you mean 'uniform'"):
        PromptSampler("uniforn", counts)
    with pytest.raises(InvalidSelection, match="choose 0 to 6"):
        PromptSampler("uniform", counts, size=7)
    with pytest.raises(InvalidSelection, match="lower the threshold"):
        PromptSampler("uniform", counts, least_images=10**9).draw(random.Random(1))


def test_percentages_sum_to_a_hundred() -> None:
    shares = {"a": 1.0, "b": 1.0, "c": 1.0}
    assert rounded_percentages(shares) == {"a": 33.4, "b": 33.3, "c": 33.3}


def test_prompts_are_counted_in_the_images_that_are_asked_about(celeba_index: AttributeIndex) -> None:
    within = Query(split="test", strict=True)
    for mode in MODES:
        sampler = PromptSampler(mode, celeba_index, least_images=100, within=within)
        rng = random.Random(14)
        for _ in range(50):
            assert celeba_index.count(Query.of(sampler.draw(rng), within)) >= 100


@pytest.mark.parametrize("mode", ["faithful", "coverage"])
def test_the_attributes_beyond_three_are_of_the_images_that_are_asked_about(mode: str) -> None:
    both, train = ("Male", "Young", "Smiling", "Big_Nose"), ("Eyeglasses", "Big_Lips")
    values = np.zeros((40, len(LABELS)), dtype=bool)
    values[:, [COLUMN[label] for label in both]] = True
    values[:20, [COLUMN[label] for label in train]] = True
    values[20:, [COLUMN["Wearing_Hat"], COLUMN["Bags_Under_Eyes"]]] = True
    splits = np.repeat(np.array([0, 2], dtype=np.uint8), 20)
    index = AttributeIndex.build(AttributeTable.without_names(values, splits))
    sampler, rng = PromptSampler(mode, index, "male", 5, within=Query(split="train")), random.Random(16)
    assert {sampler.draw(rng) for _ in range(20)} == {Selection("male", (*both[1:], *train))}


@pytest.mark.parametrize("mode", MODES)
def test_absence_is_drawn_as_often_as_asked_for(mode: str, counts: AggregateCounts) -> None:
    sampler, rng = PromptSampler(mode, counts, "male", absences=0.4, least_images=50), random.Random(15)
    drawn = [sampler.draw(rng) for _ in range(400)]
    assert all(len(each.wanted) + len(each.unwanted) == 3 for each in drawn)
    assert all(counts.match_count(Query.of(each)).images >= 50 for each in drawn)
    absent = sum(len(each.unwanted) + ("No_Beard" in each.wanted) for each in drawn)
    assert absent / 1200 == pytest.approx(0.4, abs=0.06)
    assert any("No_Beard" in each.wanted for each in drawn)


def test_where_nothing_has_as_many_images_it_is_said_at_once(counts: AggregateCounts) -> None:
    with pytest.raises(InvalidSelection, match="lower the threshold"):
        PromptSampler("legacy", counts, least_images=10**6).draw(random.Random(1))
