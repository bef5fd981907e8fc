"""Rows in one Arrow file: written in batches, renamed when whole, read by memory map."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
from datasets import Dataset, Features
from datasets.arrow_writer import ArrowWriter

from prompt_engine.whole_file import replacing


def write_rows(path: Path, features: Features, batches: Iterable[pa.Table]) -> None:
    """Write batches one after another; the file appears only when all are written."""
    with replacing(path) as beside:
        writer = ArrowWriter(features=features, path=str(beside))
        try:
            for batch in batches:
                writer.write_table(batch)
            writer.finalize()
        finally:
            writer.close()


def open_rows(path: Path) -> pa.Table:
    """Open a file of rows without reading it: what is touched is read, and memory it takes can be taken back.

    Raises:
        OSError, pa.ArrowInvalid: it is not there, or damaged.
    """
    return Dataset.from_file(str(path)).data.table
