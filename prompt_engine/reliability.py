"""How far each of CelebA's labels can be trusted, with where that is known from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from prompt_engine.attributes import LABELS, attribute


class Tier(IntEnum):
    """From the best known to the worst; the value orders them."""

    UNFLAGGED = 0
    DOUBTFUL = 1
    RANDOM = 2

    @property
    def word(self) -> str:
        """The tier in a word, as the page says it."""
        return _WORDS[self]


_WORDS = {Tier.UNFLAGGED: "unflagged", Tier.DOUBTFUL: "doubtful", Tier.RANDOM: "near-random"}


@dataclass(frozen=True)
class Reliability:
    """A label's tier, what it rests on, and the source of that."""

    tier: Tier
    evidence: str
    source: str


WU = (
    "Wu, Bezold, Günther, Boult, King and Bowyer, Consistency and Accuracy of CelebA Attribute Values, "
    "CVPR Workshops 2023, arXiv 2210.07356"
)
OWN_COUNT = "counted in CelebA's attribute list: python -m prompt_engine audit"
DOUBTFUL_SHARE = 0.10  # of a label's images: where more contradict themselves, the label is doubtful

_RANDOM = "Two annotators agree on it hardly more often than by chance."
# The abstract names three near-random labels and two with measured errors; of the 12 that two annotators
# agree on in 95 % of the cases it names one only, so no label is called reliable here.
_FLAGGED: Mapping[str, Reliability] = {
    "High_Cheekbones": Reliability(Tier.RANDOM, _RANDOM, WU),
    "Oval_Face": Reliability(Tier.RANDOM, _RANDOM, WU),
    "Pointy_Nose": Reliability(Tier.RANDOM, _RANDOM, WU),
    "Mouth_Slightly_Open": Reliability(
        Tier.DOUBTFUL, "About 20 % of the images that carry it do not show it, and 2 % of the others do.", WU
    ),
    "No_Beard": Reliability(
        Tier.DOUBTFUL,
        "Two annotators agree on it in 95 % of cases, yet up to 40 % of the images without it show no beard.",
        WU,
    ),
    "Arched_Eyebrows": Reliability(
        Tier.DOUBTFUL, "13 % of the images that carry it are labelled with bushy eyebrows too.", OWN_COUNT
    ),
    "Bushy_Eyebrows": Reliability(
        Tier.DOUBTFUL, "25 % of the images that carry it are labelled with arched eyebrows too.", OWN_COUNT
    ),
    "Big_Nose": Reliability(
        Tier.DOUBTFUL, "15 % of the images that carry it are labelled with a pointy nose too.", OWN_COUNT
    ),
}
_UNFLAGGED = Reliability(
    Tier.UNFLAGGED,
    "No figure for this label is at hand.",
    f"none; of all 40 labels, two annotators agree on 12 in 95 % of cases ({WU})",
)

RELIABILITY: Mapping[str, Reliability] = {label: _FLAGGED.get(label, _UNFLAGGED) for label in LABELS}


def reliability(label: str) -> Reliability:
    """What is known of a label.

    Raises:
        UnknownName: no such label.
    """
    return RELIABILITY[attribute(label).label]


def worst_tier(labels: tuple[str, ...]) -> Tier:
    """The tier of the least trustworthy of some labels; UNFLAGGED of none."""
    return max((RELIABILITY[label].tier for label in labels), default=Tier.UNFLAGGED)
