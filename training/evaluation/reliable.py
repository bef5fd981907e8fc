"""Which attributes may count in headline figures: those whose labels and whose judge can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from prompt_engine.reliability import RELIABILITY, Tier
from training.evaluation.scores import Score

LEAST_BALANCED_ACCURACY = 0.8
LEAST_FACES = 5  # held-out faces with the label, and as many without: of fewer nothing can be said


@dataclass(frozen=True)
class Judge:
    """The classifier's scores on its own held-out faces and on this evaluation's; drawn labels are exact.

    `at_home`: it learned from faces of this kind, so its own scores tell enough where there are few here.
    """

    own: Mapping[str, Score]
    here: Mapping[str, Score]
    drawn: bool
    at_home: bool

    def doubt(self, label: str) -> str:
        """Why figures about a label are no headline, in words; empty where they may be."""
        tier = RELIABILITY[label].tier
        if not self.drawn and tier is not Tier.UNFLAGGED:
            return f"CelebA's label is {tier.word}"
        if not enough(self.own[label]):
            return "the classifier was tried on too few faces with or without it"
        if not self.at_home and not enough(self.here[label]):
            return "the classifier learned from other faces, and there are too few here to try it on"
        for score, where in ((self.own[label], "its own"), (self.here[label], "these")):
            right = score.balanced_accuracy
            if right is not None and enough(score) and right < LEAST_BALANCED_ACCURACY:
                return f"the classifier reaches {right:.0%} on {where} held-out faces"
        return ""


def enough(score: Score) -> bool:
    """Whether a score is of enough faces on either side."""
    return min(score.positives, score.negatives) >= LEAST_FACES
