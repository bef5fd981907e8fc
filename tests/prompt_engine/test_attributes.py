"""The tables: 40 attributes, 8 buckets, documented weights."""

import pytest

from prompt_engine.attributes import ATTRIBUTES, LABELS, Role, attribute
from prompt_engine.buckets import BUCKET_NAMES, GENDERS, bucket_of, buckets
from prompt_engine.errors import InvalidSelection, UnknownName


def test_40_labels_in_the_official_order() -> None:
    assert len(LABELS) == len(set(LABELS)) == 40
    assert list(LABELS) == sorted(LABELS)
    assert LABELS[0] == "5_o_Clock_Shadow"
    assert LABELS[-1] == "Young"


def test_wording_is_unique_so_that_sentences_can_be_read_back() -> None:
    phrases = [each.phrase for each in ATTRIBUTES if each.role is not Role.UNSAID]
    assert all(phrases)
    assert len(phrases) == len(set(phrases))


@pytest.mark.parametrize("gender", GENDERS)
def test_everything_in_a_bucket_can_be_said(gender: str) -> None:
    for each in buckets(gender):
        assert all(attribute(label).role is not Role.UNSAID for label in each.options)


@pytest.mark.parametrize("gender", GENDERS)
def test_weights_are_shares(gender: str) -> None:
    assert sum(each.weight for each in buckets(gender)) == pytest.approx(1)
    for each in buckets(gender):
        assert sum(each.attributes.values()) == pytest.approx(1)


@pytest.mark.parametrize("gender", GENDERS)
def test_an_attribute_is_in_one_bucket_at_most(gender: str) -> None:
    labels = [label for each in buckets(gender) for label in each.attributes]
    assert len(labels) == len(set(labels))
    assert all(bucket_of(gender, label).attributes[label] > 0 for label in labels)


def test_documented_weights_are_normalised() -> None:
    assert bucket_of("male", "Big_Nose").weight == pytest.approx(22.6 / 121.7)
    assert bucket_of("female", "Heavy_Makeup").weight == pytest.approx(22.9 / 118.4)
    assert bucket_of("male", "Young").attributes["Young"] == pytest.approx(24.5 / 107.9)


def test_eight_buckets_of_which_seven_apply_to_each_gender_and_only_other_repeats() -> None:
    assert len(BUCKET_NAMES) == 8
    for gender in GENDERS:
        assert len(buckets(gender)) == 7
        assert [each.name for each in buckets(gender) if each.repeatable] == ["other"]


def test_tables_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        buckets("male")[0].attributes["Goatee"] = 1.0  # type: ignore[index]


@pytest.mark.parametrize("wrong", ["Eyeglases", "eyeglasses", "EYEGLASSES"])
def test_an_unknown_attribute_names_the_nearest(wrong: str) -> None:
    with pytest.raises(UnknownName, match=f"Unknown attribute '{wrong}': did you mean 'Eyeglasses'"):
        attribute(wrong)


def test_an_unknown_name_far_from_all_lists_what_there_is() -> None:
    with pytest.raises(UnknownName, match="choose one of male, female"):
        buckets("xyz")


def test_an_attribute_of_the_other_gender_is_in_no_bucket() -> None:
    with pytest.raises(InvalidSelection, match="Goatee.*'female'"):
        bucket_of("female", "Goatee")


def test_of_many_names_an_advice_lists_a_few() -> None:
    with pytest.raises(UnknownName, match=r"choose one of 5_o_Clock_Shadow, .*, … Young \(40 in all\)\.$"):
        attribute("Nope")
