"""Datasets of drawn portraits, in the layouts that CelebA has on the Hub."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from prompt_engine.attributes import LABELS
from prompt_engine.faces.consistency import consistent
from prompt_engine.faces.looks import draw
from prompt_engine.faces.person import person

ROWS = {"train": 160, "validation": 40, "test": 40}
GROUP = 20  # rows of a row group
SIZE_PX = 64


@dataclass(frozen=True)
class Layout:
    """How one of the datasets on the Hub is laid out."""

    name: str
    folder: str
    valid: str  # what it calls its validation split
    no: int | bool  # how an absent attribute is written
    has_card: bool = False


LAYOUTS = (
    Layout("flwrlabs/celeba", "img_align+identity+attr", "valid", False, has_card=True),
    Layout("eurecom-ds/celeba", "data", "validation", -1),
    Layout("tpremoli/CelebA-attrs", "data", "validation", 0),
)


@dataclass(frozen=True)
class Portraits:
    """Drawn people in the order train, validation, test: their labels, (n, 40), and their PNG files."""

    values: np.ndarray
    images: tuple[bytes, ...]
    names: tuple[str, ...] | None = None


def draw_portraits() -> Portraits:
    rng = np.random.default_rng(3)
    labels = [
        consistent([label for label, has in zip(LABELS, each, strict=True) if has])
        for each in rng.random((sum(ROWS.values()), len(LABELS))) < 0.3
    ]
    images = []
    for each in labels:
        file = io.BytesIO()
        draw(person(each, rng), "photographic", SIZE_PX, rng).save(file, "png", compress_level=1)
        images.append(file.getvalue())
    return Portraits(np.array([[label in each for label in LABELS] for each in labels]), tuple(images))


def parquet(portraits: Portraits, rows: slice, no: int | bool, named: str = "image.path") -> bytes:
    """A file as `push_to_hub` writes it: images first, then the attributes; names in the column `named`."""
    names = portraits.names[rows] if portraits.names else [None] * len(portraits.images[rows])
    paths = names if named == "image.path" else [None] * len(names)
    images = [{"bytes": data, "path": path} for data, path in zip(portraits.images[rows], paths, strict=True)]
    columns: dict[str, pa.Array] = {
        "image": pa.array(images, pa.struct({"bytes": pa.binary(), "path": pa.string()}))
    }
    if no is False:
        columns["celeb_id"] = pa.array(range(len(images)), pa.int64())
    for label, column in zip(LABELS, portraits.values[rows].T, strict=True):
        columns[label] = pa.array(column if no is False else np.where(column, 1, no).astype(np.int64))
    if no == 0 and no is not False:
        columns["prompt_string"] = pa.array(["a portrait"] * len(images))
    if named != "image.path":
        columns[named] = pa.array(names)
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file, row_group_size=GROUP)
    return file.getvalue()


def dataset(portraits: Portraits, layout: Layout, named: str = "image.path") -> dict[str, bytes]:
    """The files of a repository; the training split has two."""
    half = ROWS["train"] // 2
    edges = [0, half, ROWS["train"], ROWS["train"] + ROWS["validation"], sum(ROWS.values())]
    names = ["train-00000-of-00002", "train-00001-of-00002"]
    names += [f"{split}-00000-of-00001" for split in (layout.valid, "test")]
    files = {
        f"{layout.folder}/{name}.parquet": parquet(portraits, slice(start, stop), layout.no, named)
        for name, start, stop in zip(names, edges, edges[1:], strict=False)
    }
    return {"README.md": b"# Drawn", **dict(reversed(files.items()))}


def card(layout: Layout) -> dict | None:
    if not layout.has_card:
        return None
    files = [{"split": split, "path": f"{layout.folder}/{split}-*"} for split in ("train", "valid", "test")]
    return {"configs": [{"config_name": layout.folder, "data_files": files}]}
