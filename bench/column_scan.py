"""The plain way to count the catalogue, to measure the index against in the same run: no bitmaps."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from prompt_engine.attribute_file import parse_attribute_list, read_attribute_bytes
from prompt_engine.attributes import LABELS
from prompt_engine.buckets import GENDERS
from prompt_engine.catalogue import catalogue

Columns = Mapping[str, Mapping[str, npt.NDArray[np.bool_]]]


def read_columns(attribute_file: Path) -> Columns:
    """For each gender a column of truth values a label, of the images that are not blurry."""
    table = parse_attribute_list(read_attribute_bytes(attribute_file), attribute_file.name)
    values = dict(zip(LABELS, np.ascontiguousarray(table.values.T), strict=True))
    men, sharp = values["Male"], ~values["Blurry"]
    kept = {"male": men & sharp, "female": ~men & sharp}
    return {gender: {label: column[kept[gender]] for label, column in values.items()} for gender in GENDERS}


def scan_catalogue(columns: Columns) -> list[int]:
    """How many images each prompt of the catalogue has, in its order: its columns combined anew."""
    return [
        int(np.count_nonzero(np.logical_and.reduce([columns[gender][label] for label in labels])))
        for gender in GENDERS
        for labels in catalogue(gender)
    ]
