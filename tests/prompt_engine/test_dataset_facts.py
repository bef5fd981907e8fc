"""One set of facts for the page: the same from the shipped counts and from an index, and true to the data."""

from dataclasses import replace

import numpy as np
import pytest

from prompt_engine.attribute_file import AttributeTable
from prompt_engine.attributes import LABELS
from prompt_engine.audit import FINDINGS
from prompt_engine.audit_counts import count_findings, derive_findings
from prompt_engine.buckets import GENDERS
from prompt_engine.catalogue import count_catalogue
from prompt_engine.counts import AggregateCounts
from prompt_engine.dataset_facts import Dataset
from prompt_engine.distribution import MODES
from prompt_engine.errors import InvalidSelection
from prompt_engine.faces.drawn import DrawnFaces
from prompt_engine.facets import COLUMN
from prompt_engine.index import AttributeIndex
from prompt_engine.prompt_filter import PromptFilter, assess
from prompt_engine.query import SPLITS, Query


def test_the_shipped_counts_tell_what_is_known() -> None:
    facts = Dataset.of(DrawnFaces()).facts()
    judged = facts.judge(PromptFilter())
    assert (facts.images, len(judged), sum(each.kept for each in judged)) == (192_287, 8_343, 4_621)


def test_the_rows_are_those_of_the_catalogue(index: AttributeIndex) -> None:
    for within in (Query(), Query(strict=True), Query(blurry="in")):
        facts = Dataset(index).facts(within)
        assert facts.rows == count_catalogue(index, within)
        assert facts.images == index.count(within)


def test_judging_is_assessing(index: AttributeIndex) -> None:
    facts = Dataset(index).facts()
    some = PromptFilter(least_images=5, least_lift=0.9)
    assert facts.judge(some) == assess(facts.rows, facts.counts, some)


def test_facts_are_kept(index: AttributeIndex) -> None:
    dataset = Dataset(index)
    assert dataset.facts() is dataset.facts(Query())
    assert dataset.facts() is not dataset.facts(Query(strict=True))


@pytest.mark.parametrize("within", [Query(split="train"), Query(strict=True), Query(blurry="in")])
def test_without_an_index_only_the_sharp_images_are_known(within: Query) -> None:
    with pytest.raises(InvalidSelection, match="point to a CelebA folder"):
        Dataset().facts(within)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("gender", GENDERS)
def test_both_columns_of_shares_sum_to_100(mode: str, gender: str) -> None:
    shares = Dataset().facts().shares(gender, mode)
    for table in (shares.by_bucket, shares.by_label):
        assert round(sum(each.named for each in table), 6) == 100
        assert round(sum(each.carried for each in table), 6) == 100


def test_a_ratio_is_the_named_share_by_the_carried_one() -> None:
    shares = Dataset().facts().shares("male", "legacy")
    told = [each for each in (*shares.by_bucket, *shares.by_label) if min(each.named, each.carried) > 2]
    assert {each.named > each.carried for each in told} == {True, False}
    for each in told:
        assert each.ratio == pytest.approx(each.named / each.carried, rel=0.05)


@pytest.mark.parametrize("mode", MODES)
def test_images_that_carry_nothing_have_no_shares(mode: str) -> None:
    values = np.zeros((3, len(LABELS)), dtype=bool)
    values[0, COLUMN["Male"]] = values[2, COLUMN["Smiling"]] = True
    facts = Dataset(AttributeIndex.build(AttributeTable(("1.jpg", "2.jpg", "3.jpg"), values))).facts()
    with pytest.raises(InvalidSelection, match="None of these images of a male carries a label"):
        facts.shares("male", mode)


def test_findings_are_the_same_from_counts_where_these_tell_them(index: AttributeIndex) -> None:
    counted = count_findings(index, Query())
    derived = derive_findings(AggregateCounts.build(index))
    assert [each.finding for each in counted] == list(FINDINGS)
    told = [(one, two) for one, two in zip(counted, derived, strict=True) if two.sharp is not None]
    assert len(told) >= 8
    assert all(replace(one, with_blurry=None) == two for one, two in told)


@pytest.mark.parametrize("split", SPLITS)
def test_findings_are_those_of_the_split_contradictions_and_all(
    split: str, split_table: AttributeTable
) -> None:
    assert split_table.splits is not None
    rows = np.flatnonzero(split_table.splits == SPLITS.index(split))
    part = AttributeTable(tuple(split_table.ids[row] for row in rows), split_table.values[rows])
    counted = count_findings(AttributeIndex.build(split_table), Query(split=split, strict=True))
    assert counted == count_findings(AttributeIndex.build(part), Query())
    noses = part.values[:, [COLUMN["Big_Nose"], COLUMN["Pointy_Nose"]]].all(axis=1)
    sharp = noses & ~part.values[:, COLUMN["Blurry"]]
    found = next(each for each in counted if each.finding.name == "noses")
    assert (found.with_blurry, found.sharp) == (noses.sum(), sharp.sum())


def test_findings_of_the_shipped_counts() -> None:
    by_name = {each.finding.name: each for each in derive_findings(AggregateCounts.load())}
    assert (by_name["hair_colours"].male, by_name["hair_colours"].female) == (815, 1_971)
    assert by_name["noses"].sharp == 6_928
    assert by_name["no_hair_colour"].sharp is None  # six labels: only an attribute list tells


def test_findings_of_celeba(celeba_index: AttributeIndex) -> None:
    by_name = {each.finding.name: each for each in count_findings(celeba_index, Query(strict=True))}
    hair = by_name["hair_colours"]
    assert (hair.with_blurry, hair.sharp, hair.male, hair.female) == (2_926, 2_786, 815, 1_971)
    assert by_name["no_hair_colour"].with_blurry == 64_794
