"""The figures of agreement: of all attributes together, of each gender, and of every attribute."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from generation.evaluation.report import AttributeResult, Measure
from generation.events import ARMS
from prompt_engine.attributes import attribute
from prompt_engine.reliability import RELIABILITY
from training.evaluation import agreement
from training.evaluation.agreement import GENDER
from training.evaluation.intervals import Sampled
from training.evaluation.material import Material
from training.evaluation.measured import measured

SHARE = (0.0, 1.0)


def agreement_measures(material: Material) -> Iterator[Measure | None]:
    """Over the attributes that can be trusted, then the gender, then of women and of men."""
    yield from _agreement(material)
    yield from _by_gender(material)


def _agreement(material: Material) -> Iterator[Measure | None]:
    asked, columns, weights = material.asked, material.headline, material.weights
    real = (material.asked_of_real, material.seen_in_real, columns, weights)
    number = f"{len(columns)} attributes whose labels and whose judge can be trusted"
    yield measured(
        ("attributes_seen", "Attributes asked for that are seen", "share", "higher"),
        lambda arm: agreement.seen_share(asked, material.seen(arm), columns, weights),
        agreement.seen_share(*real),
        f"Over {number}.",
        SHARE,
    )
    yield measured(
        ("balanced_agreement", "Seen where asked, absent where not", "share", "higher"),
        lambda arm: agreement.mean_balanced(asked, material.seen(arm), columns, weights),
        agreement.mean_balanced(*real),
        "The mean of both shares, each attribute counting alike; 50 % for portraits that ignore the prompt.",
        SHARE,
    )
    yield measured(
        ("relative_agreement", "The same, relative to held-out faces", "share", "higher"),
        lambda arm: _relative(material, material.seen(arm)),
        None,
        "Divided by the same figure of the held-out faces that the prompts were made for.",
        (0.0, np.inf),
    )
    yield measured(
        ("complete", "Portraits that show all that was asked for", "share", "higher"),
        lambda arm: (
            agreement.complete_share(asked, material.seen(arm), columns, weights) if columns else None
        ),
        agreement.complete_share(*real),
        "Of the same attributes; the gender too.",
        SHARE,
    )


def _by_gender(material: Material) -> Iterator[Measure | None]:
    asked, weights = material.asked, material.weights
    place = asked.place(GENDER)
    yield measured(
        ("gender", "The gender asked for is seen", "share", "higher"),
        lambda arm: agreement.gender_share(asked, material.seen(arm), weights),
        agreement.gender_share(material.asked_of_real, material.seen_in_real, weights),
        "Every prompt asks for one.",
        SHARE,
    )
    for gender, rows in (("women", ~asked.wanted[:, place]), ("men", asked.wanted[:, place])):
        if rows.any():
            yield _seen_of(gender, rows, material)


def _seen_of(gender: str, rows: np.ndarray, material: Material) -> Measure | None:
    weights, columns = material.weights[:, rows], material.headline
    asked, of_real = (each.of_portraits(rows) for each in (material.asked, material.asked_of_real))
    return measured(
        (f"attributes_seen_{gender}", f"Attributes asked for that are seen, {gender}", "share", "higher"),
        lambda arm: agreement.seen_share(asked, material.seen(arm)[rows], columns, weights),
        agreement.seen_share(of_real, material.seen_in_real[rows], columns, weights),
        f"{int(rows.sum()):,} prompts of {gender}.",
        SHARE,
    )


def attribute_results(material: Material) -> list[AttributeResult]:
    """Every attribute that was asked for and can be judged, the gender apart."""
    labels = [label for label in material.asked.labels if label != GENDER]
    wanted = material.asked.wanted
    return [_attribute(material, label) for label in labels if wanted[:, material.asked.place(label)].any()]


def _attribute(material: Material, label: str) -> AttributeResult:
    asked, weights, place = material.asked, material.weights, material.asked.place(label)
    arms = [(asked, material.seen(arm)) for arm in ARMS]
    pictures = (*arms, (material.asked_of_real, material.seen_in_real))
    vanilla, tuned, real = (agreement.seen_share(*each, [place], weights) for each in pictures)
    assert vanilla and tuned and real  # it is asked for somewhere
    both = [agreement.balanced(*each, place, weights) for each in arms]
    even = [each.figure(*SHARE) if each else None for each in both]
    return AttributeResult(
        label=label,
        title=attribute(label).title,
        tier=RELIABILITY[label].tier.word,
        asked=int(asked.wanted[:, place].sum()),
        vanilla=vanilla.figure(),
        fine_tuned=tuned.figure(),
        difference=tuned.minus(vanilla).figure(-1.0, 1.0),
        held_out=real.figure(),
        balanced_vanilla=even[0],
        balanced_fine_tuned=even[1],
        classifier=material.judge.own[label].balanced_accuracy,
        classifier_here=material.judge.here[label].balanced_accuracy,
        reason=material.judge.doubt(label),
    )


def _relative(material: Material, seen: np.ndarray) -> Sampled | None:
    pictures = ((material.asked, seen), (material.asked_of_real, material.seen_in_real))
    some, real = (agreement.mean_balanced(*each, material.headline, material.weights) for each in pictures)
    return some.over(real) if some and real else None
