"""What is learned from: faces of a source, each with several captions made from its labels."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice

import numpy as np
import torch
from PIL import Image, ImageOps

from prompt_engine.captions import write_captions
from prompt_engine.errors import PromptEngineError
from prompt_engine.faces import Face, FaceSource, open_face_source
from prompt_engine.query import Query
from training.config import DataConfig
from training.errors import DataError

DRAWN = "drawn:"
PROBES = 8  # faces looked at, besides one for every label


@dataclass(frozen=True)
class Example:
    """One face to learn from, by its id, and the captions it may be shown with."""

    id: int
    captions: tuple[str, ...]


def open_faces(spec: str) -> FaceSource:
    """Open `drawn:LOOK`, or any spec that the prompt engine knows, such as `folder:PATH`.

    Raises:
        DataError: there is no such source; the text says why.
    """
    try:
        if spec.startswith(DRAWN):
            return _drawn_faces(spec.removeprefix(DRAWN))
        return open_face_source(spec)
    except (PromptEngineError, ValueError) as error:
        raise DataError(f"data.faces = {spec!r}: {error}") from error


@cache
def _drawn_faces(look: str) -> FaceSource:
    # Kept, because its crowd takes a second to gather and never changes.
    from prompt_engine.faces.drawn import DrawnFaces

    return DrawnFaces(look=look)


def training_ids(source: FaceSource, count: int | None, split: str = "all") -> list[int]:
    """The first `count` faces of a split of the source, or all of them when it has fewer or count is None.

    Drawn portraits have no splits: any of them are given.

    Raises:
        DataError: the source has no such face at all, or cannot tell the split.
    """
    if split != "all" and not source.splittable and not source.drawn:
        raise DataError(
            f"{source.title} does not tell which images are for {split}: "
            'put CelebA\'s list_eval_partition.txt into Eval, or set data.split = "all"'
        )
    query = Query(split=split) if split != "all" and source.splittable else None
    ids = [int(each) for each in islice(source.ids(query), count)]
    if not ids:
        whose = f"{source.title}, split {split}," if query else source.title
        raise DataError(f"{whose} has no face to train on: name another source in data.faces, or data.split")
    return ids


def iterate_faces(source: FaceSource, ids: Sequence[int]) -> Iterator[Face]:
    """The faces one by one, so that memory does not grow with their number."""
    return (source.face(each) for each in ids)


def fingerprint_faces(source: FaceSource, ids: Sequence[int]) -> str:
    """Identify the faces by all their ids and labels, and by the pictures of a few.

    The few carry between them every label, so that a label that is now drawn in another way shows.
    """
    labels = {each: source.labels(each) for each in ids}
    digest = hashlib.sha256(repr((source.title, [(each, sorted(labels[each])) for each in ids])).encode())
    first_with = {label: each for each in reversed(ids) for label in labels[each]}
    for each in sorted({*first_with.values(), *ids[:: max(1, len(ids) // PROBES)]}):
        digest.update(source.face(each).image.tobytes())
    return digest.hexdigest()


def make_example(face_id: int, labels: frozenset[str], data: DataConfig, seed: int) -> Example:
    """Write a face's captions; they depend on the seed, its id and its labels alone."""
    return Example(
        face_id, tuple(write_captions(face_id, labels, data.captions_per_face, data.caption_rules, seed))
    )


def pixels_of(image: Image.Image, size_px: int) -> torch.Tensor:
    """The largest centred square of an image as `pixels` (3, size_px, size_px), float32 in [-1, 1]."""
    square = ImageOps.fit(image.convert("RGB"), (size_px, size_px), Image.Resampling.LANCZOS)
    values = torch.from_numpy(np.array(square, dtype=np.float32))
    return values.permute(2, 0, 1) / 127.5 - 1.0
