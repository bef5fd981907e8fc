"""Which faces an adapter learned from: chosen again as its run chose them, and held against its record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from prompt_engine.faces import FaceSource
from training.config import DataConfig, TrainingConfig, ValidationConfig
from training.errors import ConfigError, DataError
from training.preparation.choosing import choose_faces
from training.preparation.sources import faces_fingerprint, identify_faces
from training.progress import Say

Record = Mapping[str, Any]


@dataclass(frozen=True)
class LearnedFaces:
    """The ids of faces; `certain` where they are, one by one, those of the record's fingerprint."""

    ids: tuple[int, ...]
    certain: bool


def find_learned(
    source: FaceSource, record: Record | None, config: TrainingConfig | None, say: Say
) -> LearnedFaces | None:
    """The faces of this source that an adapter learned from; None where neither record nor run tells.

    `config` is that of the run, None where the record is all that there is.
    """
    faces = trained_on(record)
    if faces.get("title") != source.title or not {"count", "fingerprint"} <= faces.keys():
        return None
    likeliest: tuple[int, ...] = ()
    for attempt in (*([config] if config else []), *_supposed(faces)):
        try:
            ids = tuple(choose_faces(attempt, source, say).learned)
        except DataError:  # the source is not the one that it was
            continue
        if _fingerprint(source, ids) == faces["fingerprint"]:
            return LearnedFaces(ids, certain=True)
        likeliest = likeliest or ids
    return LearnedFaces(likeliest, certain=False) if likeliest else None


def trained_on(record: Record | None) -> Record:
    """What a record says of faces; nothing where it says nothing."""
    faces = (record or {}).get("faces")
    return faces if isinstance(faces, Mapping) else {}


def _supposed(faces: Record) -> Iterator[TrainingConfig]:
    """What a record leaves open: whether near-duplicates were let in; telling them apart takes long."""
    try:
        images, count, split = faces.get("images"), faces["count"], faces.get("split") or "all"
        data = DataConfig(split=split, images=tuple(images) if images else None, count=count)
    except (ConfigError, TypeError):
        return
    for near_duplicates in (True, False):
        yield TrainingConfig(
            data=replace(data, near_duplicates=near_duplicates), validation=ValidationConfig()
        )


def _fingerprint(source: FaceSource, ids: tuple[int, ...]) -> str:
    return faces_fingerprint(identify_faces(source, ids), np.array(ids, dtype=np.int64))
