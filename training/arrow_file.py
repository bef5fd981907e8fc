"""Rows of arrays in one Arrow file: written in batches, renamed when whole, read by memory map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from datasets import Dataset, Features
from datasets.arrow_writer import ArrowWriter

from prompt_engine.whole_file import replacing


def write_rows(path: Path, features: Features, batches: Iterable[Mapping[str, Any]]) -> None:
    """Write batches of columns one after another; the file appears only when all are written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as beside:
        writer = ArrowWriter(features=features, path=str(beside))
        try:
            for batch in batches:
                writer.write_batch(dict(batch))
            writer.finalize()
        finally:
            writer.close()


def open_rows(path: Path) -> Dataset:
    """Open a file of rows without reading it; arrays come back as numpy."""
    return Dataset.from_file(str(path)).with_format("numpy")
