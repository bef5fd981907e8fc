"""Which labels go together, as a map of 40 by 40 cells: coloured where chance cannot explain how often."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape

from prompt_engine.attributes import LABELS, attribute
from prompt_engine.buckets import offered
from prompt_engine.relations import Conflict, Lift, Lifts, Relation, relation
from studio.dataset.numbers import expected_number, lift_and_bounds

LEAST_EXPECTED = 5  # below, chance alone makes almost any lift
STEPS = (1.25, 2.0, 4.0)  # where the next stronger colour begins, as a factor either way
_STRONGEST = 8
_MARKS = {Conflict.HARD: "x", Conflict.SOFT: "s", Conflict.FINE: ""}
_WORDS = {  # after "they"
    Conflict.HARD: "exclude each other: asking for both is refused",
    Conflict.SOFT: "are rare together: asking for both gives a warning",
    Conflict.FINE: "go together",
}
_NOT_ASKED = "are not asked for: a prompt for this gender never names both"


def surely(occurrence: Lift) -> float | None:
    """The bound of the lift that is nearer to 1; None where the lift may be chance."""
    if occurrence.expected < LEAST_EXPECTED or occurrence.low <= 1 <= occurrence.high:
        return None
    return occurrence.low if occurrence.low > 1 else occurrence.high


def ordered_labels(gender: str) -> tuple[str, ...]:
    """All 40 labels, first those that a gender is asked for, bucket by bucket."""
    asked = offered(gender)
    return (*asked, *(label for label in LABELS if label not in asked))


def render_map(lifts: Lifts, gender: str) -> str:
    """The map; dataset_heat_map.js tells each cell's numbers, which lie in `data-numbers` row by row."""
    labels = ordered_labels(gender)
    heads = "".join(f'<th scope="col"><span>{_title(label)}</span></th>' for label in labels)
    rows = "".join(_row(lifts, gender, labels, label) for label in labels)
    words = "".join(f"<li>{each}</li>" for each in (*(_WORDS[each] for each in Conflict), _NOT_ASKED))
    data = {
        "labels": labels,
        "pairs": _numbers(lifts, gender, labels),
    }
    return (
        f'<div class="map-scroll"><table class="map" data-gender="{gender}" '
        f'data-numbers="{escape(json.dumps(data, separators=(",", ":")))}">'
        f"<thead><tr><td></td>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
        f'<ul class="conflicts" hidden>{words}</ul><p class="tip" role="status" hidden></p>{_legend()}'
    )


def render_strongest(lifts: Lifts, gender: str) -> str:
    """The pairs that are surely furthest from chance, either way, as buttons that show their faces."""
    labels = ordered_labels(gender)
    found = [
        relation(lifts, gender, first, second)
        for place, first in enumerate(labels)
        for second in labels[:place]
    ]
    bounds = [(bound, each) for each in found if (bound := surely(each.occurrence)) is not None]
    bounds.sort(key=lambda pair: pair[0])
    return (
        f"<h3>Most over chance</h3>{_pairs([each for _, each in reversed(bounds[-_STRONGEST:])])}"
        f"<h3>Most under chance</h3>{_pairs([each for _, each in bounds[:_STRONGEST]])}"
    )


def describe_occurrence(occurrence: Lift) -> str:
    """ "observed 481, expected 3,743, lift 0.13 (0.12–0.14)"."""
    said = f"observed {occurrence.observed:,}, expected {expected_number(occurrence.expected)}"
    if occurrence.expected == 0:
        return said
    lift, bounds = lift_and_bounds(occurrence)
    return f"{said}, lift {lift} ({bounds})"


def describe_conflict(found: Relation) -> str:
    """What the engine makes of the pair, such as: in prompts they go together."""
    return f"In prompts they {_WORDS[found.conflict] if is_asked(found) else _NOT_ASKED}."


def titles(found: Relation) -> str:
    """ "Goatee and young"."""
    first, second = (attribute(label).title for label in found.labels)
    return f"{first} and {second[0].lower()}{second[1:]}"


def _title(label: str) -> str:
    return escape(attribute(label).title)


def _row(lifts: Lifts, gender: str, labels: Sequence[str], label: str) -> str:
    cells = "".join(
        "<td class=self></td>" if other == label else _cell(relation(lifts, gender, label, other))
        for other in labels
    )
    return f'<tr><th scope="row">{_title(label)}</th>{cells}</tr>'


def _cell(found: Relation) -> str:
    mark = _MARKS[found.conflict] if is_asked(found) else ""
    kinds = f"{_colour(surely(found.occurrence))} {mark}".split()
    named = ' class="' + " ".join(kinds) + '"' if len(kinds) > 1 else f" class={kinds[0]}" if kinds else ""
    return f"<td{named}></td>"


def _colour(bound: float | None) -> str:
    """m1 to m4 for more than chance, l1 to l4 for less."""
    if bound is None:
        return ""
    factor = max(bound, 1 / max(bound, 1e-9))
    return f"{'m' if bound > 1 else 'l'}{1 + sum(factor >= step for step in STEPS)}"


def _numbers(lifts: Lifts, gender: str, labels: Sequence[str]) -> list[list[list[float | None]]]:
    """Observed, expected, lift, its bounds and the conflict of each pair below the diagonal."""
    return [
        [_pair(relation(lifts, gender, label, other)) for other in labels[:place]]
        for place, label in enumerate(labels)
    ]


def _pair(found: Relation) -> list[float | None]:
    each = found.occurrence
    lift = [float(f"{value:.4g}") if each.expected else None for value in (each.lift, each.low, each.high)]
    words = list(Conflict).index(found.conflict) if is_asked(found) else len(Conflict)
    return [each.observed, round(each.expected, 1), *lift, words]


def _pairs(found: Sequence[Relation]) -> str:
    items = "".join(
        f'<li><button type="button" data-asks="{",".join(each.labels)}">'
        f"{escape(titles(each))}</button> <small>{describe_occurrence(each.occurrence)}</small></li>"
        for each in found
    )
    return f'<ol class="strongest">{items}</ol>'


def _legend() -> str:
    less = "".join(f"<i class=l{step}></i>" for step in (4, 3, 2, 1))
    more = "".join(f"<i class=m{step}></i>" for step in (1, 2, 3, 4))
    return (
        f'<p class="legend"><span class="scale">less than chance {less}<i></i>{more} more</span>'
        f"<span>colours change at ×{STEPS[0]:g}, ×{STEPS[1]:g} and ×{STEPS[2]:g}, at the 95 % bound nearer "
        "to chance; uncoloured: may be chance</span>"
        '<span class="mark"><i class="x"></i> refused</span>'
        '<span class="mark"><i class="s"></i> rare</span></p>'
    )


def is_asked(found: Relation) -> bool:
    """Whether a prompt for the gender can name either label."""
    return set(found.labels) <= set(offered(found.gender))
