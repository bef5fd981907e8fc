"""Which prompts are kept, why the others are dropped, and what is lost with them."""

import pytest

from prompt_engine.catalogue import count_catalogue
from prompt_engine.counts import AggregateCounts
from prompt_engine.errors import InvalidSelection
from prompt_engine.index import AttributeIndex
from prompt_engine.prompt_filter import Assessed, PromptFilter, assess, losses
from prompt_engine.query import Query
from prompt_engine.reliability import Tier


@pytest.fixture(scope="module")
def assessed(celeba_index: AttributeIndex) -> list[Assessed]:
    return assess(count_catalogue(celeba_index), AggregateCounts.load(), PromptFilter())


def test_two_hundred_images_keep_what_is_documented(assessed: list[Assessed]) -> None:
    assert sum(each.kept for each in assessed) == 4_621
    dropped = [each for each in assessed if not each.kept]
    assert len(dropped) == 3_722 and all(each.reasons for each in dropped)
    rare = [each for each in dropped if "its attributes are rare" in each.reasons[0]]
    assert len(rare) == 2_843
    assert all(each.row.count < 200 for each in dropped)


def test_what_the_threshold_loses(assessed: list[Assessed]) -> None:
    lost = {(loss.gender, loss.label): loss for loss in losses(assessed)}
    rosy = lost["male", "Rosy_Cheeks"]
    assert (rosy.prompts, rosy.dropped) == (466, 466)
    assert (lost["male", "Blond_Hair"].prompts, lost["male", "Blond_Hair"].dropped) == (382, 354)
    assert (lost["female", "Gray_Hair"].prompts, lost["female", "Gray_Hair"].dropped) == (331, 282)
    assert ("male", "No_Beard") not in lost


def test_training_images_alone_keep_fewer(celeba_index: AttributeIndex) -> None:
    rows = count_catalogue(celeba_index, Query(split="train"))
    kept = [row for row in rows if row.count >= 200]
    assert (len(kept), sum(row.count == 0 for row in rows)) == (4_337, 189)


def test_contradictory_images_left_out_keep_fewer(celeba_index: AttributeIndex) -> None:
    rows = count_catalogue(celeba_index, Query(strict=True))
    assert sum(row.count >= 200 for row in rows) == 4_195


def test_each_bound_has_its_reason(celeba_index: AttributeIndex) -> None:
    rows = count_catalogue(celeba_index)
    strict = PromptFilter(least_lift=0.5, worst_tier=Tier.DOUBTFUL)
    for each in assess(rows, AggregateCounts.load(), strict)[::50]:
        said = "; ".join(each.reasons)
        assert ("where 200 are needed" in said) == (each.row.count < 200)
        assert ("lift at most" in said) == (each.occurrence.high < 0.5)
        assert ("near-random label" in said) == bool(
            {"High_Cheekbones", "Oval_Face", "Pointy_Nose"} & set(each.row.labels)
        )


@pytest.mark.parametrize("bad", [{"least_images": -1}, {"least_lift": -0.5}, {"least_lift": float("nan")}])
def test_numbers_that_no_count_can_have_are_refused(bad: dict[str, float]) -> None:
    with pytest.raises(InvalidSelection, match="use "):
        PromptFilter(**bad)  # type: ignore[arg-type]
