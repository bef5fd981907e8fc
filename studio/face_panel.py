"""One face, large, with its 40 labels: those it carries, how far to trust them, what contradicts what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from html import escape
from pathlib import Path

from prompt_engine.attributes import LABELS, attribute
from prompt_engine.audit import Finding, findings_of
from prompt_engine.buckets import GENDERS, buckets
from prompt_engine.faces import Face
from prompt_engine.reliability import Tier, reliability
from studio.face_strip import as_address
from studio.own_labels import render_renamed_labels

LARGEST_PX = (720, 720)
REST = "Perceived gender and sharpness"


def render_face(face: Face, notice: str) -> str:
    """The whole panel."""
    findings = findings_of(face.labels)
    title = escape(Path(face.id).stem)
    groups = "".join(_render_group(name, labels, face, findings) for name, labels in _groups())
    return (
        f'<img src="{as_address(face.image, LARGEST_PX)}" alt="Face {title}">'
        f'<div class="facts"><h2>{title}</h2><p class="note">{len(face.labels)} of {len(LABELS)} labels</p>'
        f'{_render_findings(findings)}<dl class="labels">{groups}</dl>{render_renamed_labels()}'
        f'<p class="note">{escape(notice)}</p></div>'
    )


def _groups() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every label once, under the question that it answers for either gender."""
    named: dict[str, dict[str, None]] = {}
    for gender in GENDERS:
        for bucket in buckets(gender):
            named.setdefault(bucket.title, {}).update(dict.fromkeys(bucket.options))
    taken = {label for labels in named.values() for label in labels}
    for title, labels in named.items():
        yield title, tuple(labels)
    yield REST, tuple(label for label in LABELS if label not in taken)


def _render_group(title: str, labels: Sequence[str], face: Face, findings: Sequence[Finding]) -> str:
    contradicting = _contradicting(findings, face.labels)
    items = "".join(_render_label(label, label in face.labels, label in contradicting) for label in labels)
    return f"<dt>{escape(title)}</dt><dd>{items}</dd>"


def _render_label(label: str, carried: bool, contradicting: bool) -> str:
    title = escape(attribute(label).title)
    if not carried:
        return f'<span class="lacked">{title}</span>'
    tier = reliability(label).tier
    word = f" <small>{escape(tier.word)}</small>" if tier is not Tier.UNFLAGGED else ""
    mark = ' <small class="mark">contradictory</small>' if contradicting else ""
    kind = "carried contradicting" if contradicting else "carried"
    return f'<strong class="{kind}">{title}{word}{mark}</strong>'


def _contradicting(findings: Sequence[Finding], labels: Set[str]) -> set[str]:
    """The labels that take part in a contradiction."""
    return {
        label
        for finding in findings
        if finding.contradiction
        for case in finding.cases
        if labels >= set(case.wanted)
        for label in case.wanted
    }


def _render_findings(findings: Sequence[Finding]) -> str:
    lines = [
        f'<li class="{"contradiction" if finding.contradiction else "odd"}">'
        f"{'Contradiction' if finding.contradiction else 'To note'}: {escape(_lower(finding.title))}</li>"
        for finding in findings
    ]
    return f'<ul class="findings">{"".join(lines)}</ul>' if lines else ""


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]
