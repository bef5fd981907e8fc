"""Attribute lists kept as Parquet: one column an attribute, of truth values or whole numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from prompt_engine.attribute_file import AttributeTable
from prompt_engine.attributes import LABELS
from prompt_engine.errors import AttributeFileError
from prompt_engine.image_names import USUAL_COLUMNS, names_in, text_columns

if TYPE_CHECKING:
    import pyarrow as pa


def parse_attribute_parquet(data: bytes, name: str) -> AttributeTable:
    """Parse the content of a Parquet file; `name` is what messages call it.

    The file names are those of the first column that holds some; where none does, as
    `AttributeTable.without_names` says.

    Raises:
        AttributeFileError: the content is damaged, or columns or values are missing or others.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        check_columns(file.schema_arrow.names, name)
        usual = [column for column in USUAL_COLUMNS if column in file.schema_arrow.names]
        table = file.read([*usual, *text_columns(file.schema_arrow), *LABELS])
        found = names_in(table)
    # What pyarrow raises depends on the byte that is damaged; some lengths ask for all the memory there is.
    except (pa.ArrowException, OSError, MemoryError, UnicodeDecodeError) as error:
        raise AttributeFileError(f"The Parquet file {name} is damaged: fetch it again.") from error
    if not table.num_rows:
        raise AttributeFileError(f"The Parquet file {name} holds no images: fetch it again.")
    values = read_values(table, name)
    if found is None and not usual:
        return AttributeTable.without_names(values)
    return AttributeTable(found or _read_names(table.column(usual[0]), name), values)


def check_columns(columns: Iterable[str], name: str) -> None:
    """See that every attribute has a column, once.

    Raises:
        AttributeFileError: naming those that are missing.
    """
    columns = list(columns)
    missing = [label for label in LABELS if label not in columns]
    if len(missing) == len(LABELS):
        raise AttributeFileError(
            f"{name} has none of CelebA's 40 attributes as a column, but {_listed(columns)}: "
            "give one with a column for each, such as Eyeglasses."
        )
    if missing:
        raise AttributeFileError(
            f"{name} lacks {len(missing)} of the 40 attribute columns: {', '.join(missing)}."
        )
    twice = [label for label in LABELS if columns.count(label) > 1]
    if twice:
        raise AttributeFileError(f"{name} has the column {twice[0]} twice: keep it once.")


def read_values(table: pa.Table, name: str) -> npt.NDArray[np.bool_]:
    """The 40 columns as truth values of shape (n, 40), from truth values, 0 and 1, or -1 and 1.

    Raises:
        AttributeFileError: another type or value, an empty cell, or both ways of writing numbers.
    """
    values = np.empty((table.num_rows, len(LABELS)), dtype=bool)
    signs: dict[int, str] = {}  # -1 and 0, each with the first column that it stands in
    for place, label in enumerate(LABELS):
        numbers = _numbers(table.column(label), label, name)
        values[:, place] = numbers == 1
        for number in (-1, 0) if numbers.dtype != bool else ():
            if number not in signs and (numbers == number).any():
                signs[number] = label
    if len(signs) > 1:
        raise AttributeFileError(
            f"{name} writes no as -1 in the column {signs[-1]} and as 0 in {signs[0]}: fetch it again."
        )
    return values


def _numbers(column: pa.ChunkedArray, label: str, name: str) -> npt.NDArray:
    import pyarrow as pa

    if column.null_count:
        raise AttributeFileError(
            f"{name} has no value for {label} in {column.null_count:,} rows: fetch it again."
        )
    if not any(
        kind(column.type) for kind in (pa.types.is_boolean, pa.types.is_integer, pa.types.is_floating)
    ):
        raise AttributeFileError(
            f"{name} has the column {label} of type {column.type}: only truth values and numbers are read."
        )
    numbers = column.to_numpy()
    if numbers.dtype != bool:
        wrong = np.flatnonzero(~np.isin(numbers, (-1, 0, 1)))
        if len(wrong):
            raise AttributeFileError(
                f"{name} has the value {numbers[wrong[0]]} for {label} in row {wrong[0] + 1:,}: "
                "only -1, 0 and 1 are values. Fetch the file again, or correct it."
            )
    return numbers


def _read_names(column: pa.ChunkedArray, name: str) -> tuple[str, ...]:
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        raise AttributeFileError(f"{name} has file names of type {column.type}: only text is read.")
    names = column.to_pylist()
    for row, each in enumerate(names, start=1):
        if not each or not (each.isascii() and each.isprintable()):
            raise AttributeFileError(
                f"{name} has the file name {each!r} in row {row:,}: only plain ASCII is read."
            )
    if len(set(names)) < len(names):
        raise AttributeFileError(f"{name} lists some file names twice: fetch it again.")
    return tuple(names)


def _listed(columns: list[str]) -> str:
    shown = ", ".join(columns[:8]) or "no column at all"
    return f"{shown} and {len(columns) - 8} more" if len(columns) > 8 else shown
