"""Rows of tensors by number, in Arrow shards that are only ever added to.

A shard appears when it is whole, so a kill loses at most the one being written; several processes may add
shards at once. Every number is kept as the bits that the encoder gave.
"""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import torch
from datasets import Features, List, Value

from prompt_engine.whole_file import replacing
from training.errors import DataError
from training.preparation.arrow_file import open_rows, write_rows

SCHEMA = 2
MANIFEST = "manifest.json"
SHARD_ROWS, SHARD_BYTES = 1024, 256_000_000  # at most so much is lost by a kill
ABANDONED_S = 3600  # after which a shard that was begun will not be finished any more
_LOG = logging.getLogger(__name__)

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class RowForm:
    """What a row holds: tensors by name with their shapes, all of one type."""

    shapes: Mapping[str, tuple[int, ...]]
    dtype: torch.dtype

    def bytes_of(self, name: str) -> int:
        """How many bytes one of a row's tensors takes."""
        return prod(self.shapes[name]) * self.dtype.itemsize

    @property
    def row_bytes(self) -> int:
        """How many bytes a row takes."""
        return sum(map(self.bytes_of, self.shapes))

    @property
    def said(self) -> dict[str, Any]:
        """The same as the manifest has it."""
        return {
            "dtype": str(self.dtype).removeprefix("torch."),
            "tensors": {name: list(shape) for name, shape in self.shapes.items()},
        }


@dataclass(frozen=True)
class NewRows:
    """Rows to add: their numbers, what each is called, and their tensors (b, ...)."""

    keys: Sequence[int]
    names: Sequence[str]
    tensors: Mapping[str, torch.Tensor]


@dataclass(frozen=True)
class Store:
    """The rows of a folder, memory-mapped; `batches` are views of its files by tensor name."""

    form: RowForm
    keys: npt.NDArray[np.int64]  # ascending
    rows: npt.NDArray[np.int64]  # where the row of each key stands
    batches: Sequence[Mapping[str, Bytes]]
    first_rows: npt.NDArray[np.int64]  # of each batch

    def find(self, keys: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Where the rows of these numbers stand; -1 for those that are not there."""
        if not len(self.keys):
            return np.full(len(keys), -1, dtype=np.int64)
        places = np.searchsorted(self.keys, keys).clip(max=len(self.keys) - 1)
        return np.where(self.keys[places] == keys, self.rows[places], -1)

    def take(self, name: str, rows: Sequence[int]) -> torch.Tensor:
        """One tensor of each of these rows, (b, ...)."""
        taken = np.empty((len(rows), self.form.bytes_of(name)), dtype=np.uint8)
        batches = np.searchsorted(self.first_rows, rows, side="right") - 1
        for place, (row, batch) in enumerate(zip(rows, batches, strict=True)):
            taken[place] = self.batches[batch][name][row - self.first_rows[batch]]
        return torch.from_numpy(taken).view(self.form.dtype).view(len(rows), *self.form.shapes[name])


def store_folder(cache: str, kind: str, form: RowForm, made_from: Mapping[str, Any]) -> Path:
    """The folder of all rows of this form that are made from this."""
    said = json.dumps([SCHEMA, form.said, made_from], sort_keys=True)
    return Path(cache) / f"{kind}-{hashlib.sha256(said.encode()).hexdigest()[:20]}"


def open_store(folder: Path, form: RowForm) -> Store:
    """Open what is there by now; a damaged shard is left out, so that its rows are made again.

    Raises:
        DataError: the folder was written in another form.
    """
    _check_manifest(folder, form)
    tables = [table for path in sorted(folder.glob("shard-*.arrow")) if (table := _open_shard(path, form))]
    parts = [part for table in tables for part in table.to_batches()]
    keys = np.concatenate([np.empty(0, np.int64), *(part.column("key").to_numpy() for part in parts)])
    known, rows = np.unique(keys, return_index=True)
    first_rows = np.cumsum([0, *(len(part) for part in parts)])[:-1]
    batches = [
        {name: _view(part.column(name), form.bytes_of(name)) for name in form.shapes} for part in parts
    ]
    return Store(form, known, rows.astype(np.int64), batches, first_rows)


def create_store(folder: Path, form: RowForm, made_from: Mapping[str, Any]) -> None:
    """Make the folder, where it is not there, with a manifest that says what its rows were made from."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob(".shard-*.tmp"):
        if path.stat().st_mtime < time.time() - ABANDONED_S:
            path.unlink(missing_ok=True)
    if not (folder / MANIFEST).is_file():
        manifest = {"schema": SCHEMA, **form.said, "made_from": dict(made_from)}
        with replacing(folder / MANIFEST) as beside:
            beside.write_text(json.dumps(manifest, indent=1, ensure_ascii=False), encoding="utf-8")


def add_rows(folder: Path, form: RowForm, batches: Iterable[NewRows]) -> None:
    """Write rows into shards of their own, each as soon as it is full."""
    features = Features(
        key=Value("int64"),
        name=Value("string"),
        **{name: List(Value("uint8"), length=form.bytes_of(name)) for name in form.shapes},
    )
    some = iter(batches)
    for first in some:
        rows = min(SHARD_ROWS, SHARD_BYTES // form.row_bytes)
        shard = chain([first], islice(some, max(1, rows // len(first.keys)) - 1))
        path = folder / f"shard-{secrets.token_hex(8)}.arrow"
        write_rows(path, features, (_table(each, form) for each in shard))


def _table(rows: NewRows, form: RowForm) -> pa.Table:
    columns = {"key": pa.array(rows.keys, pa.int64()), "name": pa.array(rows.names, pa.string())}
    for name, shape in form.shapes.items():
        tensor = rows.tensors[name]
        if tensor.dtype != form.dtype or tuple(tensor.shape) != (len(rows.keys), *shape):
            made, asked = (tensor.dtype, *tensor.shape[1:]), (form.dtype, *shape)
            raise DataError(f"The model makes {name} of {made}, and its configuration files say {asked}")
        data = tensor.contiguous().view(torch.uint8).numpy().reshape(-1)
        columns[name] = pa.FixedSizeListArray.from_arrays(pa.array(data), form.bytes_of(name))
    return pa.table(columns)


def _check_manifest(folder: Path, form: RowForm) -> None:
    path = folder / MANIFEST
    if not path.is_file():
        return
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        fits = all(manifest[key] == value for key, value in {"schema": SCHEMA, **form.said}.items())
    except (ValueError, KeyError, TypeError):
        fits = False
    if not fits:
        raise DataError(f"{folder} was written by another version: delete it, or set data.cache")


def _open_shard(path: Path, form: RowForm) -> pa.Table | None:
    try:
        table = open_rows(path)
        if {"key", "name", *form.shapes} <= set(table.column_names):
            return table
    except (OSError, pa.ArrowException):
        pass
    _LOG.warning("%s is damaged: what it held is made again.", path)
    return None


def _view(column: pa.Array, row_bytes: int) -> Bytes:
    return column.flatten().to_numpy(zero_copy_only=True).reshape(-1, row_bytes)
