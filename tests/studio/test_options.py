"""What an option says is what would match if it were chosen."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prompt_engine.attributes import attribute
from prompt_engine.buckets import GENDERS, bucket_of, buckets, offered
from prompt_engine.counts import AggregateCounts
from prompt_engine.facets import MatchCount
from prompt_engine.query import Query
from prompt_engine.selection import Selection
from studio.dropping import (
    FILTERS,
    NO_SINGLE_ONE,
    find_drops,
    render_drops,
)
from studio.options import ANY, WITHOUT, count_options, list_options
from studio.view import View

COUNTS = AggregateCounts.load()
EVERYWHERE = Query()


def said(text: str) -> MatchCount | None:
    """The count in an option's text; None where it says none of the sort."""
    if text.endswith("(none)"):
        return MatchCount(0, exact=True)
    found = re.search(r"\((≤ )?([\d,]+)\)$", text)
    return MatchCount(int(found[2].replace(",", "")), exact=not found[1]) if found else None


@st.composite
def selections(draw: st.DrawFn) -> Selection:
    gender = draw(st.sampled_from(GENDERS))
    labels = draw(st.lists(st.sampled_from(offered(gender)), unique=True, max_size=3))
    taken: dict[str, str] = {}
    for label in labels:
        bucket = bucket_of(gender, label)
        taken[label if bucket.repeatable else bucket.name] = label
    return Selection(gender, tuple(taken.values()))


@settings(max_examples=30)
@given(selections())
def test_an_option_says_what_choosing_it_gives(selection: Selection) -> None:
    options = count_options(selection, EVERYWHERE, COUNTS)
    for bucket in buckets(selection.gender):
        others = tuple(each for each in selection.wanted if bucket.repeatable or each not in bucket.options)
        for text, label in options[bucket.name]:
            if label in selection.wanted:
                assert text == attribute(label).title
            elif label != ANY:
                chosen = replace(selection, wanted=(*others, label))
                assert said(text) == COUNTS.match_count(Query.of(chosen))
            elif len(others) < len(selection.wanted):
                assert said(text) == COUNTS.match_count(Query.of(replace(selection, wanted=others)))
            else:
                assert text == ANY


@settings(max_examples=10)
@given(selections())
def test_what_is_left_out_is_counted_too(selection: Selection) -> None:
    for text, label in count_options(selection, EVERYWHERE, COUNTS)[WITHOUT]:
        if label not in selection.wanted and len(selection.wanted) < 3:
            chosen = replace(selection, unwanted=(label,))
            assert said(text) == COUNTS.match_count(Query.of(chosen))


def test_with_several_an_answer_is_added_and_what_excludes_is_named() -> None:
    selection = Selection("male", ("Goatee",))
    texts = {label: text for text, label in count_options(selection, EVERYWHERE, COUNTS, True)["facial_hair"]}
    both = COUNTS.match_count(Query.of(Selection("male", ("Goatee", "Mustache"))))
    assert said(texts["Mustache"]) == both
    assert texts["Goatee"] == "Goatee"
    assert texts["No_Beard"] == "Clean-shaven (not with goatee)"


@pytest.mark.parametrize("gender", GENDERS)
def test_options_are_the_same_with_and_without_counts(gender: str) -> None:
    counted = count_options(Selection(gender), EVERYWHERE, COUNTS)
    plain = list_options(gender)
    assert {name: [value for _, value in options] for name, options in counted.items()} == {
        name: [value for _, value in options] for name, options in plain.items()
    }


NOBODY = View(gender="female", wanted=("Heavy_Makeup", "Gray_Hair", "Wearing_Hat"))


def test_where_nothing_matches_every_single_way_out_is_told_with_its_gain() -> None:
    drops = find_drops(NOBODY, COUNTS)
    assert drops == sorted(drops, key=lambda drop: -drop.count.images)
    for drop in drops:
        assert drop.count == COUNTS.match_count(drop.view.query)
        assert len(set(NOBODY.wanted) - set(drop.view.wanted)) == 1
    html = render_drops(drops)
    assert f"{drops[0].count.images:,}" in html and drops[0].view.to_address().replace("&", "&amp;") in html


def test_where_no_single_way_helps_that_is_said() -> None:
    html = render_drops([])
    assert NO_SINGLE_ONE in html


class NosesContradict:
    """Counts as an index does whose images with both noses are left out as contradictory."""

    def match_count(self, query: Query) -> MatchCount:
        """What the shipped counts say without the filter."""
        both = {"Big_Nose", "Pointy_Nose"} <= set(query.wanted)
        return (
            MatchCount(0, exact=True)
            if query.strict and both
            else COUNTS.match_count(replace(query, strict=False))
        )


def test_where_the_filters_leave_nothing_that_is_said_and_they_can_be_reset() -> None:
    view = View(gender="male", wanted=("Big_Nose", "Pointy_Nose"), strict=True)
    drops = find_drops(view, NosesContradict())
    assert drops[0].view == replace(view, strict=False) and drops[0].count.images > 0
    html = render_drops(drops)
    assert f"Drop <em>{FILTERS}</em>" in html


def test_unwanted_attributes_can_be_let_in_again() -> None:
    view = View(gender="male", wanted=("Bald",), unwanted=("Smiling",))
    assert {drop.view for drop in find_drops(view, COUNTS)} == {
        View(gender="male", unwanted=("Smiling",)),
        View(gender="male", wanted=("Bald",)),
    }
