"""Every valid three-attribute prompt, how many images carry it, and the statistics file."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt

from prompt_engine.buckets import GENDERS, bucket_of, buckets
from prompt_engine.errors import PromptEngineError
from prompt_engine.facets import COLUMN
from prompt_engine.index import AttributeIndex
from prompt_engine.query import Query
from prompt_engine.realiser import realise
from prompt_engine.selection import Selection
from prompt_engine.whole_file import replacing

Triple = tuple[str, str, str]

COLUMNS = ("Gender", "Count", "Attribute_1", "Attribute_2", "Attribute_3", "Buckets", "Prompt")


@dataclass(frozen=True)
class CatalogueRow:
    """One valid prompt and the number of images, not Blurry, that carry all its attributes."""

    gender: str
    count: int
    labels: Triple

    @property
    def selection(self) -> Selection:
        """The choice that makes this prompt."""
        return Selection(self.gender, self.labels)


@cache
def valid_labels(gender: str, size: int) -> tuple[tuple[str, ...], ...]:
    """All sets of so many attributes in which no exclusive bucket answers twice, in bucket order."""
    places = [(label, each.name, each.repeatable) for each in buckets(gender) for label in each.attributes]
    return tuple(
        tuple(label for label, _, _ in chosen)
        for chosen in combinations(places, size)
        if _once([name for _, name, repeatable in chosen if not repeatable])
    )


def catalogue(gender: str) -> tuple[Triple, ...]:
    """The labels of every prompt of a gender that the statistics file lists."""
    return cast(tuple[Triple, ...], valid_labels(gender, 3))


def count_catalogue(index: AttributeIndex, within: Query | None = None) -> list[CatalogueRow]:
    """The whole catalogue with counts, rarest first; equal counts keep the catalogue's order, men first.

    Counted are the images that `within` is about, its labels and gender aside; by default all not Blurry.
    """
    within = replace(within or Query(), wanted=(), unwanted=())
    rows: list[CatalogueRow] = []
    for gender in GENDERS:
        counts = _count_triples(index, replace(within, gender=gender)).tolist()
        triples = catalogue(gender)
        rows += [CatalogueRow(gender, count, triple) for count, triple in zip(counts, triples, strict=True)]
    return sorted(rows, key=lambda row: row.count)


def _count_triples(index: AttributeIndex, within: Query) -> npt.NDArray[np.int64]:
    columns = _columns(within.gender or "")
    counts = np.zeros(len(columns), dtype=np.int64)
    for part, found in index.search(within):
        counts += part.count_triples(columns, found)
    return counts


def _once(names: Sequence[str]) -> bool:
    return len(set(names)) == len(names)


@cache
def _columns(gender: str) -> npt.NDArray[np.intp]:
    return np.array([[COLUMN[label] for label in triple] for triple in catalogue(gender)])


def write_statistics(index: AttributeIndex, path: Path | str, within: Query | None = None) -> int:
    """Write the catalogue, counted as `count_catalogue` does, as CSV, whole or not at all.

    Returns its number of prompts.

    Raises:
        PromptEngineError: the file cannot be written there.
    """
    path = Path(path)
    rows = count_catalogue(index, within)
    try:
        _write_csv(path, rows)
    except OSError as error:
        reason = error.strerror or error
        raise PromptEngineError(
            f"Cannot write {path} ({reason}): choose a file in a folder that exists."
        ) from error
    return len(rows)


def _write_csv(path: Path, rows: list[CatalogueRow]) -> None:
    with replacing(path) as beside, beside.open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(_cells(row) for row in rows)


def _cells(row: CatalogueRow) -> tuple[str | int, ...]:
    names = "|".join(bucket_of(row.gender, label).name for label in row.labels)
    return (row.gender, row.count, *row.labels, names, realise(row.selection))
