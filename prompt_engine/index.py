"""Which images carry a selection, and how many: one bitmap an attribute, combined by AND and popcount."""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from prompt_engine import index_cache
from prompt_engine.attribute_file import AttributeTable, parse_attribute_list, read_attribute_bytes
from prompt_engine.bitmaps import COLUMN, Bitmaps, Rows
from prompt_engine.buckets import GENDERS
from prompt_engine.selection import Selection


@dataclass(frozen=True)
class AttributeIndex:
    """Answers questions about the images that are not Blurry; a row is a position in the attribute list."""

    genders: Mapping[str, Bitmaps]
    names: npt.NDArray[np.bytes_]  # file names of all rows, blurry ones too

    @classmethod
    def build(cls, table: AttributeTable) -> AttributeIndex:
        """Pack a table into bitmaps."""
        sharp = ~table.values[:, COLUMN["Blurry"]]
        male = table.values[:, COLUMN["Male"]]
        chosen = {"male": np.flatnonzero(sharp & male), "female": np.flatnonzero(sharp & ~male)}
        genders = {gender: Bitmaps.pack(chosen[gender], table.values[chosen[gender]]) for gender in GENDERS}
        return cls(genders, np.array(table.ids, dtype=np.bytes_))

    @property
    def size(self) -> int:
        """How many images are not Blurry."""
        return sum(len(bitmaps.rows) for bitmaps in self.genders.values())

    @cached_property
    def rows(self) -> Rows:
        """All rows that are not Blurry, ascending."""
        return np.sort(np.concatenate([bitmaps.rows for bitmaps in self.genders.values()]))

    def count(self, selection: Selection) -> int:
        """How many images match."""
        found = self.genders[selection.gender].match(selection.wanted, selection.unwanted)
        return int(np.bitwise_count(found).sum())

    def match_ids(self, selection: Selection) -> Rows:
        """The rows of all images that match, ascending."""
        bitmaps = self.genders[selection.gender]
        return bitmaps.expand(bitmaps.match(selection.wanted, selection.unwanted))

    def sample(self, selection: Selection, count: int, seed: int) -> Rows:
        """At most `count` different rows that match, in random order; the same seed gives the same rows."""
        return sample_rows(self.match_ids(selection), count, seed)

    def file_name(self, row: int) -> str:
        """The image file that a row is about."""
        return self.names[row].decode()

    def labels(self, row: int) -> frozenset[str]:
        """All labels that a row carries.

        Raises:
            KeyError: the row is Blurry or does not exist.
        """
        for bitmaps in self.genders.values():
            place = int(np.searchsorted(bitmaps.rows, row))
            if place < len(bitmaps.rows) and bitmaps.rows[place] == row:
                return bitmaps.labels(place)
        raise KeyError(row)


def open_index(attribute_path: Path | str, cache_dir: Path | str | None = None) -> AttributeIndex:
    """The index of an attribute file, from the cache when the same content was indexed before.

    The cache (about 3 MB) lies in `cache_dir`, by default the user's own; where it cannot be written, nothing
    is kept.

    Raises:
        AttributeFileError: the file is missing, cut off or not CelebA's attribute list.
    """
    data = read_attribute_bytes(attribute_path)
    folder = default_cache_dir() if cache_dir is None else Path(cache_dir)
    cache = folder / index_cache.file_name(hashlib.sha256(data).hexdigest())
    kept = index_cache.load_index_parts(cache)
    if kept is not None:
        return AttributeIndex(*kept)
    index = AttributeIndex.build(parse_attribute_list(data, str(attribute_path)))
    index_cache.keep_index_parts(cache, index.genders, index.names)
    return index


def default_cache_dir() -> Path:
    """Where indexes are kept: `sd35-celeba` in XDG_CACHE_HOME or in ~/.cache."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path("~/.cache").expanduser()) / "sd35-celeba"


def sample_rows(rows: Rows, count: int, seed: int) -> Rows:
    """At most `count` different ones of `rows`, in an order that depends on the seed alone."""
    return rows[random.Random(seed).sample(range(len(rows)), min(count, len(rows)))]
