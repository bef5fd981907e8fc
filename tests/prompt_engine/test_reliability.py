"""Every label has a tier with a source; what was counted in CelebA is so."""

import re

import numpy as np
import pytest

from prompt_engine.attributes import LABELS
from prompt_engine.audit import CONTRADICTIONS
from prompt_engine.errors import UnknownName
from prompt_engine.index import AttributeIndex
from prompt_engine.query import Query
from prompt_engine.reliability import DOUBTFUL_SHARE, OWN_COUNT, RELIABILITY, Tier, reliability, worst_tier


def test_every_label_has_a_tier_and_a_source() -> None:
    assert set(RELIABILITY) == set(LABELS)
    assert all(each.evidence and each.source for each in RELIABILITY.values())
    near_random = {label for label, each in RELIABILITY.items() if each.tier is Tier.RANDOM}
    assert near_random == {"High_Cheekbones", "Oval_Face", "Pointy_Nose"}


def _contradicted(index: AttributeIndex, label: str) -> float:
    """The share of a label's images in which another label contradicts it."""
    pairs = [case for each in CONTRADICTIONS for case in each.cases if len(case.wanted) == 2]
    cases = [case for case in pairs if label in case.wanted]
    found = [index.match_rows(Query(wanted=case.wanted)) for case in cases]
    rows = np.unique(np.concatenate([np.empty(0, dtype=np.int64), *found]))
    return len(rows) / index.count(Query(wanted=(label,)))


def test_own_counts_are_what_celeba_gives(celeba_index: AttributeIndex) -> None:
    for label in set(LABELS) - {"Blurry"}:
        share, known = _contradicted(celeba_index, label), reliability(label)
        if known.source == OWN_COUNT:
            percent = re.match(r"(\d+) %", known.evidence)
            assert percent and int(percent[1]) == round(100 * share)
        if share > DOUBTFUL_SHARE:
            assert known.tier is not Tier.UNFLAGGED, label


def test_the_worst_label_decides() -> None:
    assert worst_tier(()) is Tier.UNFLAGGED
    assert worst_tier(("Smiling", "Big_Nose")) is Tier.DOUBTFUL
    assert worst_tier(("Big_Nose", "Oval_Face", "Smiling")) is Tier.RANDOM
    with pytest.raises(UnknownName):
        reliability("Beautiful")
