"""The wordings: three an attribute at least, and none that could be read as another's."""

import re

import pytest

from prompt_engine.attributes import attribute
from prompt_engine.buckets import GENDERS, offered
from prompt_engine.grammar import bare
from prompt_engine.phrasings import DENIED, SAID


@pytest.mark.parametrize("gender", GENDERS)
def test_every_attribute_has_three_wordings_or_more(gender: str) -> None:
    for label in offered(gender):
        assert len({each.text for each in SAID[label]}) == len(SAID[label]) >= 3
        assert len(DENIED[label]) >= 3


def test_what_is_denied_is_never_less_than_the_label() -> None:
    denied = {label: {each.text for each in phrasings} for label, phrasings in DENIED.items()}
    assert denied["Black_Hair"] == {"black"}
    assert denied["Eyeglasses"] == {"eyeglasses", "glasses", "eyewear"}
    affirmed = {"No_Beard": {"bearded"}, "Mouth_Slightly_Open": {"a closed mouth", "a shut mouth"}}
    for label, texts in denied.items():
        assert texts - affirmed.get(label, set()) <= {each.text for each in SAID[label]}


def test_the_first_wording_is_the_attribute_s_own() -> None:
    assert all(phrasings[0].text == attribute(label).phrase for label, phrasings in SAID.items())


def test_no_wording_holds_one_of_another_attribute() -> None:
    wordings = [(label, bare(each.text)) for label in SAID for each in {*SAID[label], *DENIED[label]}]
    for label, text in wordings:
        alone = re.compile(rf"(?<![\w-]){re.escape(text)}(?![\w-])")
        assert not [other for other, longer in wordings if other != label and alone.search(longer)], text


def test_no_wording_negates() -> None:
    texts = " ".join(each.text for phrasings in SAID.values() for each in phrasings)
    assert not re.search(r"\b(?:no|not|without|neither|wearing|with)\b", texts)
