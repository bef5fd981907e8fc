"""Pairs of images that show the same picture, with the labels on which they disagree."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from html import escape

from prompt_engine.attributes import attribute
from prompt_engine.errors import FaceSourceError
from prompt_engine.faces import FaceSource
from prompt_engine.near_duplicates import MOST_PAIRS, NearDuplicate, count_disagreements
from studio.dataset.faces import render_face
from studio.face_keys import FaceKeys
from studio.render import render_note, render_problem

PAIRS_SHOWN = 12


def render_duplicates(found: Sequence[NearDuplicate], images: int, source: FaceSource, keys: FaceKeys) -> str:
    """What was found among so many images; the pairs that disagree most, as pictures."""
    same = [each for each in found if each.same_picture]
    alike = [each for each in found if not each.same_picture]
    disagreeing = [each for each in same if each.disagreeing]
    cut = render_note(f"No more than {MOST_PAIRS:,} pairs are listed.") if len(found) >= MOST_PAIRS else ""
    return (
        f'<p class="found">{_summary(images, len(same), len(disagreeing))}</p>{cut}{_tally(disagreeing)}'
        f"{_pairs(disagreeing, source, keys)}{_only_alike(alike, source, keys)}"
    )


def _summary(images: int, same: int, disagreeing: int) -> str:
    if not same:
        return f"None of the {images:,} images shows the same picture as another."
    pairs = "pair shows" if same == 1 else "pairs show"
    return (
        f"Of {images:,} images, <strong>{same:,}</strong> {pairs} the same picture; the labels of "
        f"<strong>{disagreeing:,}</strong> disagree."
    )


def _tally(found: Sequence[NearDuplicate]) -> str:
    counted = count_disagreements(found)[:8]
    if not counted:
        return ""
    said = ", ".join(f"{attribute(label).title} ({pairs:,})" for label, pairs in counted)
    return f'<p class="note">Most often about: {escape(said)}.</p>'


def _pairs(found: Sequence[NearDuplicate], source: FaceSource, keys: FaceKeys) -> str:
    shown = "".join(_pair(each, source, keys) for each in found[:PAIRS_SHOWN])
    return f'<div class="pairs">{shown}</div>{_more(len(found) - PAIRS_SHOWN)}' if shown else ""


def _more(pairs: int) -> str:
    if pairs < 1:
        return ""
    return render_note("1 more pair." if pairs == 1 else f"{pairs:,} more pairs.")


def _pair(each: NearDuplicate, source: FaceSource, keys: FaceKeys) -> str:
    faces = "".join(_face(id, each.disagreeing, source, keys) for id in each.ids)
    number = len(each.disagreeing)
    said = f"disagree on {number} {'label' if number == 1 else 'labels'}"
    return f'<div class="pair"><p class="note">{each.fine_bits} of 256 bits differ; {said}</p>{faces}</div>'


def _face(id: int, pointed_out: Collection[str], source: FaceSource, keys: FaceKeys) -> str:
    """The face; where it cannot be had just now, why: the others are shown all the same."""
    try:
        return render_face(source.face(id), pointed_out, keys)
    except FaceSourceError as problem:
        return render_problem(str(problem))


def _only_alike(found: Sequence[NearDuplicate], source: FaceSource, keys: FaceKeys) -> str:
    if not found:
        return ""
    pairs = "pair is" if len(found) == 1 else "pairs are"
    return (
        f"<details><summary>{len(found):,} {pairs} alike at a glance (a hash of 64 bits), and told apart by "
        f"one of 256 bits</summary>{_pairs(found, source, keys)}</details>"
    )
