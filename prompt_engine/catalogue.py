"""Every valid three-attribute prompt, how many images carry it, and the statistics file."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np

from prompt_engine.bitmaps import COLUMN
from prompt_engine.buckets import GENDERS, bucket_of, buckets
from prompt_engine.errors import PromptEngineError
from prompt_engine.index import AttributeIndex
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
def catalogue(gender: str) -> tuple[Triple, ...]:
    """All triples of a gender in which no exclusive bucket answers twice, in bucket order."""
    places = [(label, each.name, each.repeatable) for each in buckets(gender) for label in each.attributes]
    return tuple(
        (first[0], second[0], third[0])
        for first, second, third in combinations(places, 3)
        if (first[1] != second[1] or first[2]) and (second[1] != third[1] or second[2])
    )


def count_catalogue(index: AttributeIndex) -> list[CatalogueRow]:
    """The whole catalogue with counts, rarest first; equal counts keep the catalogue's order, men first."""
    rows: list[CatalogueRow] = []
    for gender in GENDERS:
        triples = catalogue(gender)
        columns = np.array([[COLUMN[label] for label in triple] for triple in triples])
        counts = index.genders[gender].count_triples(columns).tolist()
        rows += [CatalogueRow(gender, count, triple) for count, triple in zip(counts, triples, strict=True)]
    return sorted(rows, key=lambda row: row.count)


def write_statistics(index: AttributeIndex, path: Path | str) -> int:
    """Write the counted catalogue as CSV, whole or not at all, and return its number of prompts.

    Raises:
        PromptEngineError: the file cannot be written there.
    """
    path = Path(path)
    rows = count_catalogue(index)
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
