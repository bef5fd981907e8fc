"""What is said quietly beside the prompt: rare combinations, and labels that are not to be trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from prompt_engine.attributes import attribute
from prompt_engine.conflicts import hard_conflict
from prompt_engine.relations import Lifts, Relation, describe_relation, relation, warnings
from prompt_engine.reliability import Reliability, Tier, reliability
from prompt_engine.selection import Selection
from studio.own_labels import render_own_labels
from studio.render import render_note

_MOST_WARNINGS = 3


def render_notes(selection: Selection, lifts: Mapping[str, Lifts]) -> str:
    """Rare pairs, doubtful labels, and CelebA's own words for what is chosen."""
    quality = _render_quality((*selection.wanted, *selection.unwanted))
    return _render_warnings(warnings(selection, lifts)) + quality + render_own_labels(selection)


def render_exclusion(gender: str, wanted: Sequence[str], lifts: Mapping[str, Lifts]) -> str:
    """How often two attributes that exclude each other are labelled together all the same."""
    conflict = hard_conflict(wanted)
    if conflict is None:
        return ""
    return render_note(
        f"Labelled all the same: {describe_relation(relation(lifts[gender], gender, *conflict))}"
    )


def _render_warnings(rare: Sequence[Relation]) -> str:
    lines = [describe_relation(relation) for relation in rare[:_MOST_WARNINGS]]
    if len(rare) > _MOST_WARNINGS:
        more = len(rare) - _MOST_WARNINGS
        lines.append(f"And {more} more rare {'pair' if more == 1 else 'pairs'}.")
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f'<p class="note">Rare in CelebA</p><ul class="warnings note">{items}</ul>' if rare else ""


def _render_quality(labels: Sequence[str]) -> str:
    flagged = [(label, reliability(label)) for label in labels]
    flagged = [(label, known) for label, known in flagged if known.tier is not Tier.UNFLAGGED]
    if not flagged:
        return ""
    words = " · ".join(f"{_lower(label)} {known.tier.word}" for label, known in flagged)
    evidence = "".join(_render_evidence(label, known) for label, known in flagged)
    return (
        f'<details class="quality note"><summary>Label quality: {escape(words)}</summary>'
        f"<ul>{evidence}</ul></details>"
    )


def _render_evidence(label: str, known: Reliability) -> str:
    title = attribute(label).title
    return f"<li>{escape(title)}: {escape(known.evidence)} <cite>{escape(known.source)}</cite></li>"


def _lower(label: str) -> str:
    title = attribute(label).title
    return title[0].lower() + title[1:]
