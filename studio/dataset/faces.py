"""Faces that show what a section is about, with the labels that it points out."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from prompt_engine.attributes import LABELS, attribute
from prompt_engine.faces import Face
from studio.face_keys import FaceKeys
from studio.face_strip import SmallFace, render_small_face


def render_faces(faces: Sequence[Face], pointed_out: Collection[str], keys: FaceKeys) -> str:
    """The faces; below each, those of its labels that are pointed out."""
    shown = "".join(render_face(face, pointed_out, keys) for face in faces)
    return f'<div class="faces">{shown}</div>'


def render_face(face: Face, pointed_out: Collection[str], keys: FaceKeys) -> str:
    """One face."""
    marked = [label for label in LABELS if label in pointed_out and label in face.labels]
    titles = ", ".join(attribute(label).title for label in marked)
    return render_small_face(SmallFace.of(face), keys, marked=titles)
