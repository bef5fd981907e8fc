"""What a source of faces shows, told without passing over its images: other pictures, another text."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

import numpy as np
import numpy.typing as npt
from PIL import Image

from prompt_engine import ENGINE_VERSION
from prompt_engine.errors import FaceSourceError
from prompt_engine.faces import FaceSource
from prompt_engine.faces.indexed import IndexedFaces

PROBES = 8  # pictures looked at


def identify_pictures(source: FaceSource) -> str:
    """Identify the pictures of a source.

    Drawn ones by all labels and by drawings that carry between them every label, so that a label that is now
    drawn in another way shows.
    """
    digest = hashlib.sha256(source.fingerprint.encode(errors="surrogateescape"))
    if source.drawn:
        ids = source.ids()
        digest.update(f"{ENGINE_VERSION} {label_digest(source, ids)}".encode())
        first_with = {label: each for each in reversed(ids) for label in source.labels(each)}
        _add_pictures(digest, source, sorted({*first_with.values(), *_spread(ids)}))
    return digest.hexdigest()


def identify_labels(source: FaceSource) -> str:
    """Identify the labels of all faces: those of drawn ones are part of their pictures."""
    return source.index.md5 if isinstance(source, IndexedFaces) else ""


def identify_faces(source: FaceSource, ids: Sequence[int]) -> str:
    """Identify some faces by all ids and labels, and by a few pictures, wherever they lie."""
    digest = hashlib.sha256(f"{source.title} {label_digest(source, ids)}".encode())
    _add_pictures(digest, source, _spread(ids))
    return digest.hexdigest()


def faces_fingerprint(content: str, ids: npt.NDArray[np.int64]) -> str:
    """What a record calls faces, by the `content` of all chosen and the ids of those that could be read."""
    return hashlib.sha256(content.encode() + ids.tobytes()).hexdigest()


def label_digest(source: FaceSource, ids: Iterable[int]) -> str:
    """All of these ids with the labels of each."""
    digest = hashlib.sha256()
    for each in ids:
        digest.update(f"{each} {' '.join(sorted(source.labels(each)))}\n".encode())
    return digest.hexdigest()


def usual_side_px(source: FaceSource, ids: Sequence[int]) -> int | None:
    """How long the shorter side of most pictures is, by a few of them; None where none can be read."""
    sides = sorted(min(image.size) for image in _pictures(source, _spread(ids)))
    return sides[len(sides) // 2] if sides else None


def _spread(ids: Sequence[int]) -> Sequence[int]:
    return ids[:: max(1, len(ids) // PROBES)]


def _add_pictures(digest: hashlib._Hash, source: FaceSource, ids: Iterable[int]) -> None:
    for image in _pictures(source, ids):
        digest.update(image.tobytes())


def _pictures(source: FaceSource, ids: Iterable[int]) -> Iterator[Image.Image]:
    for each in ids:
        with suppress(FaceSourceError):  # a damaged one is told when it is to be encoded
            yield source.glance(each).image
