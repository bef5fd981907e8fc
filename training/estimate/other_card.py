"""An estimate for a GPU that is not in this machine: only its memory is known."""

from __future__ import annotations

from training.config import TrainingConfig
from training.estimate.estimate import estimate
from training.estimate.fit import check_fits
from training.estimate.render import render_estimate
from training.memory import GIB
from training.progress import Say
from training.validation import planned_recipes

USABLE_SHARE = 0.93  # of what a card is sold as: an L40S of 48 GB has 45 GiB, and a screen takes some


def usable_bytes(card_gb: float) -> int:
    """What a run may use of a card that is sold as one of so many GB."""
    return round(USABLE_SHARE * card_gb * GIB)


def foresee_on(config: TrainingConfig, card_gb: float, say: Say) -> None:
    """Say which memory a run takes on one such GPU; neither weights, faces nor any device are touched.

    Raises:
        TrainingError: the run would not fit; says which settings would make it fit.
    """
    planned_recipes(config)
    expected = estimate(config, "cuda")
    for line in render_estimate(expected):
        say(line)
    usable = usable_bytes(card_gb)
    check_fits(expected, usable)
    say(
        f"It fits a card of {card_gb:g} GB, of which {usable / GIB:.1f} GiB are taken to be free. How "
        "long it takes can be said on such a card alone."
    )
