"""Which faces are learned from, which are held out, and which captions each has: written down once.

Drawing a million captions takes a minute; a warm start reads them, mapped into memory.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from datasets import Features, List, Value

from prompt_engine import ENGINE_VERSION
from prompt_engine.caption_plan import CaptionPlan, Request, plan_captions
from prompt_engine.faces import FaceSource
from prompt_engine.whole_file import replacing
from training.config import TrainingConfig
from training.preparation.arrow_file import open_rows, write_rows
from training.preparation.caption_limit import CaptionLimit
from training.preparation.choosing import Chosen, candidate_ids, choose_faces
from training.preparation.sources import identify_faces, identify_labels, usual_side_px
from training.progress import Say

SCHEMA = 2
FACES, CAPTIONS, FIGURES = "faces.arrow", "captions.arrow", "plan.json"


@dataclass(frozen=True)
class Figures:
    """What is said about a plan: how many faces, which of them, and what they look like.

    `content` identifies the faces that are learned from; `copies` were left out as near-duplicates;
    `shortened` captions name fewer attributes than drawn, so that all of their words are read.
    """

    learned: int
    held_out: int
    copies: int
    shortened: int
    side_px: int | None
    content: str


@dataclass(frozen=True)
class FacePlan:
    """Faces that are learned from, then those held out, with their captions; mapped into memory."""

    figures: Figures
    ids: npt.NDArray[np.int64]  # (n,)
    places: npt.NDArray[np.int32]  # (n, captions a face): into `captions`
    captions: pa.ChunkedArray  # of text, each once
    keys: npt.NDArray[np.int64]  # of the captions, as the store of text embeddings counts them


def caption_key(caption: str) -> int:
    """The number under which a caption's embeddings are kept."""
    return int.from_bytes(hashlib.blake2b(caption.encode(), digest_size=8).digest(), "big", signed=True)


def open_plan(
    config: TrainingConfig, source: FaceSource, pictures: str, limit: CaptionLimit | None, say: Say
) -> FacePlan:
    """Read the plan of these faces, after making it where there is none yet; no caption passes the limit.

    Raises:
        DataError: the source has no such face, or cannot tell the split.
    """
    folder = Path(config.data.cache) / f"plan-{_key(config, source, pictures, limit)}"
    if not (folder / FIGURES).is_file():
        _write(folder, config, source, choose_faces(config, source, say), limit)
    return _read(folder)


def _key(config: TrainingConfig, source: FaceSource, pictures: str, limit: CaptionLimit | None) -> str:
    data = config.data
    depends_on = (
        *(SCHEMA, ENGINE_VERSION, pictures, identify_labels(source), candidate_ids(source, data)),
        *(data.split, data.count, data.near_duplicates, config.validation.held_out),
        *(_request(config), limit and limit.text_encoders),
    )
    return hashlib.sha256(repr(depends_on).encode()).hexdigest()[:20]


def _request(config: TrainingConfig) -> Request:
    data = config.data
    return Request(
        data.caption_rules, data.captions_per_face, config.run.seed, data.phrasings, data.most_captions
    )


def _write(
    folder: Path, config: TrainingConfig, source: FaceSource, chosen: Chosen, limit: CaptionLimit | None
) -> None:
    ids = [*chosen.learned, *chosen.held_out]
    fits = limit.fits if limit else None
    written = plan_captions(ids, source.labels, _request(config), len(chosen.learned), fits)
    folder.mkdir(parents=True, exist_ok=True)
    faces = Features(id=Value("int64"), captions=List(Value("int32"), length=config.data.captions_per_face))
    write_rows(folder / FACES, faces, _face_tables(ids, written))
    captions = Features(key=Value("int64"), caption=Value("string"))
    write_rows(folder / CAPTIONS, captions, _caption_tables(written.captions))
    figures = Figures(
        len(chosen.learned),
        len(chosen.held_out),
        chosen.copies,
        written.shortened,
        usual_side_px(source, chosen.learned),
        identify_faces(source, chosen.learned),
    )
    with replacing(folder / FIGURES) as beside:
        beside.write_text(json.dumps(asdict(figures), indent=1), encoding="utf-8")


def _face_tables(ids: Sequence[int], written: CaptionPlan) -> Iterator[pa.Table]:
    per_face = written.places.shape[1]
    places = pa.FixedSizeListArray.from_arrays(pa.array(written.places.reshape(-1)), per_face)
    yield pa.table({"id": pa.array(ids, pa.int64()), "captions": places})


def _caption_tables(captions: Sequence[str]) -> Iterator[pa.Table]:
    keys = pa.array(map(caption_key, captions), pa.int64())
    yield pa.table({"key": keys, "caption": pa.array(captions, pa.string())})


def _read(folder: Path) -> FacePlan:
    faces, captions = open_rows(folder / FACES), open_rows(folder / CAPTIONS)
    places = faces.column("captions").combine_chunks()
    return FacePlan(
        Figures(**json.loads((folder / FIGURES).read_text(encoding="utf-8"))),
        faces.column("id").to_numpy(),
        places.flatten().to_numpy().reshape(len(places), -1),
        captions.column("caption"),
        captions.column("key").to_numpy(),
    )
