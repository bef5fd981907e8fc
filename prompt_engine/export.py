"""Records as CSV, Parquet or JSON lines, each record stamped with what it was made from."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from prompt_engine import ENGINE_VERSION
from prompt_engine.errors import PromptEngineError
from prompt_engine.whole_file import replacing

Record = Mapping[str, Any]
_BATCH = 10_000  # records that Parquet holds at once
# What a column may hold; None stands for what is not known.
TEXT, WHOLE, NUMBER, TRUTH, TEXTS = "text", "whole number", "number", "truth", "texts"


@dataclass(frozen=True)
class Records:
    """Records of the same columns, and what each column holds; `rows` are gone through once."""

    columns: Mapping[str, str]
    rows: Iterable[Record]

    def through(self, passing: Callable[[Iterable[Record]], Iterable[Record]]) -> Records:
        """The same records, passed through something that watches them."""
        return Records(self.columns, passing(self.rows))


@dataclass(frozen=True)
class Stamp:
    """What an export was made from: the data's MD5 in hex, what was asked, the engine, the seed if any."""

    data_md5: str
    asked: str  # as `describe_asked` says it
    seed: int | None = None
    engine_version: str = ENGINE_VERSION

    @property
    def columns(self) -> dict[str, Any]:
        """The stamp as the last columns of a record."""
        return {name: getattr(self, name) for name in STAMP_COLUMNS}


STAMP_COLUMNS = {"data_md5": TEXT, "asked": TEXT, "engine_version": TEXT, "seed": WHOLE}


def check_ending(path: Path, what: str = "records", endings: Collection[str] | None = None) -> None:
    """Refuse a file whose name does not say the format of what is written: by default, of records.

    Raises:
        PromptEngineError: another suffix.
    """
    endings = _WRITERS if endings is None else endings
    if path.suffix.lower() not in endings:
        raise PromptEngineError(
            f"{path.name} cannot hold {what}, which can be written as {', '.join(endings)}: "
            f"give the file {'one of these endings' if len(endings) > 1 else 'this ending'}."
        )


def write_records(path: Path, records: Records, stamp: Stamp) -> int:
    """Write records, whole or not at all, in the format that the file's name asks for; return their number.

    A list becomes one text in CSV, its parts joined by `|`. No record at all is a file with columns and no
    row; in JSON lines, an empty file.

    Raises:
        PromptEngineError: another suffix than .csv, .jsonl or .parquet.
        OSError: the file cannot be written there.
    """
    check_ending(path)
    writer = _WRITERS[path.suffix.lower()]
    counted = _Counted({**record, **stamp.columns} for record in records.rows)
    with replacing(path) as beside:
        writer(beside, Records({**records.columns, **STAMP_COLUMNS}, counted))
    return counted.number


class _Counted:
    """Passes records on and counts them."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._records = records
        self.number = 0

    def __iter__(self) -> Iterator[Record]:
        for record in self._records:
            self.number += 1
            yield record


def _write_csv(path: Path, records: Records) -> None:
    with path.open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(records.columns)
        writer.writerows([_cell(record[name]) for name in records.columns] for record in records.rows)


def _cell(value: Any) -> Any:
    return "|".join(map(str, value)) if isinstance(value, list) else value


def _write_jsonl(path: Path, records: Records) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as text:
        for record in records.rows:
            text.write(json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n")


def _write_parquet(path: Path, records: Records) -> None:
    import pyarrow  # seconds that other formats need not wait
    import pyarrow.parquet

    kinds = {
        TEXT: pyarrow.string(),
        WHOLE: pyarrow.int64(),
        NUMBER: pyarrow.float64(),
        TRUTH: pyarrow.bool_(),
        TEXTS: pyarrow.list_(pyarrow.string()),
    }
    schema = pyarrow.schema([(name, kinds[kind]) for name, kind in records.columns.items()])
    rows = iter(records.rows)
    with pyarrow.parquet.ParquetWriter(path, schema) as writer:
        for batch in iter(lambda: list(islice(rows, _BATCH)), []):
            writer.write_table(pyarrow.Table.from_pylist([dict(each) for each in batch], schema))


_WRITERS: Mapping[str, Callable[[Path, Records], None]] = {
    ".csv": _write_csv,
    ".jsonl": _write_jsonl,
    ".parquet": _write_parquet,
}
