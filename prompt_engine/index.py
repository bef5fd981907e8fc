"""Which images answer a query, and how many: one bitmap an attribute, combined by AND and popcount."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from prompt_engine import index_cache
from prompt_engine.attribute_file import AttributeTable, parse_attribute_list, read_attribute_bytes
from prompt_engine.attributes import LABELS
from prompt_engine.audit import Finding
from prompt_engine.bitmaps import Bitmaps, Rows, Words, count_bits
from prompt_engine.buckets import GENDERS
from prompt_engine.errors import AttributeFileError, InvalidSelection
from prompt_engine.facets import COLUMN, Facets, MatchCount
from prompt_engine.partition_file import read_partition
from prompt_engine.query import SPLITS, Query
from prompt_engine.random_order import sample_rows

PARTS = tuple((gender, blurred) for blurred in (False, True) for gender in GENDERS)
_ALL_EXACT = np.ones(len(LABELS), dtype=bool)


@dataclass(frozen=True)
class AttributeIndex:
    """Answers queries; a row is a position in the attribute list.

    The images lie in four parts, by gender and blurriness, so that most queries look at one of them.
    """

    parts: tuple[Bitmaps, ...]  # as PARTS
    names: npt.NDArray[np.bytes_]  # file names of all rows
    md5: str  # of the attribute list, in hex; of the table itself where it came from no file
    named: bool = True  # whether the names are the images' own, and do not only count rows

    @classmethod
    def build(cls, table: AttributeTable, md5: str | None = None) -> AttributeIndex:
        """Pack a table into bitmaps; `md5` of the file that it came from, if it came from one."""
        blurry, male = (table.values[:, COLUMN[label]] for label in ("Blurry", "Male"))
        parts = []
        for gender, blurred in PARTS:
            rows = np.flatnonzero((blurry == blurred) & (male == (gender == "male")))
            splits = None if table.splits is None else table.splits[rows]
            parts.append(Bitmaps.pack(gender, rows, table.values[rows], splits))
        names = np.array(table.ids, dtype=np.bytes_)
        md5 = md5 or _md5(names.tobytes() + table.values.tobytes())
        return cls(tuple(parts), names, md5, table.named)

    @property
    def size(self) -> int:
        """How many images are not Blurry."""
        return self.count(Query())

    @property
    def has_splits(self) -> bool:
        """Whether it is known which images are for training, validation and testing."""
        return self.parts[0].splits is not None

    @cached_property
    def rows(self) -> Rows:
        """All rows that are not Blurry, ascending."""
        return self.match_rows(Query())

    def count(self, query: Query) -> int:
        """How many images match.

        Raises:
            InvalidSelection: it asks for a split, and none is known.
        """
        return sum(int(count_bits(found)) for _, found in self.search(query))

    def match_count(self, query: Query) -> MatchCount:
        """How many images match, as every source of faces tells it."""
        return MatchCount(self.count(query), exact=True)

    def facets(self, query: Query) -> Facets:
        """How many images match, and how many of them carry each of the 40 labels.

        Raises:
            InvalidSelection: it asks for a split, and none is known.
        """
        images, by_column = 0, np.zeros(len(LABELS), dtype=np.int64)
        for part, found in self.search(query):
            images += int(count_bits(found))
            by_column += part.count_labels(found)
        return Facets(MatchCount(images, exact=True), by_column, _ALL_EXACT)

    def match_rows(self, query: Query) -> Rows:
        """The rows of all images that match, ascending.

        Raises:
            InvalidSelection: it asks for a split, and none is known.
        """
        return _merged([part.expand(found) for part, found in self.search(query)])

    def find(self, finding: Finding, within: Query | None = None) -> Rows:
        """The rows that a finding of the audit is about, ascending, within the images of a query."""
        return _merged(
            [part.expand(found & part.find(finding)) for part, found in self.search(within or Query())]
        )

    def count_finding(self, finding: Finding, within: Query | None = None) -> int:
        """How many images a finding is about, within those of a query."""
        return sum(
            int(count_bits(found & part.find(finding))) for part, found in self.search(within or Query())
        )

    def sample(self, query: Query, count: int, seed: int) -> Rows:
        """At most `count` different rows that match; of one seed, fewer are the first of more."""
        return sample_rows(self.match_rows(query), count, seed)

    def file_name(self, row: int) -> str:
        """The image file that a row is about."""
        return self.names[row].decode()

    def labels(self, row: int) -> frozenset[str]:
        """All labels that a row carries.

        Raises:
            KeyError: the row does not exist.
        """
        for part in self.parts:
            place = int(np.searchsorted(part.rows, row))
            if place < len(part.rows) and part.rows[place] == row:
                return part.labels(place)
        raise KeyError(row)

    def search(self, query: Query) -> Iterator[tuple[Bitmaps, Words]]:
        """The parts that a query is about, each with the bits of the images that match.

        Raises:
            InvalidSelection: it asks for a split, and none is known.
        """
        for (gender, blurred), part in zip(PARTS, self.parts, strict=True):
            if query.gender in (None, gender) and blurred in query.blurred:
                yield part, part.match(query.wanted, query.unwanted, _within(part, query))


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def _within(part: Bitmaps, query: Query) -> Words:
    within = part.consistent if query.strict else part.everyone
    if query.split is None:
        return within
    if part.splits is None:
        raise InvalidSelection(
            f"The {query.split} images cannot be told from the others: put CelebA's list_eval_partition.txt "
            "into Eval, beside Anno."
        )
    return within & part.splits[SPLITS.index(query.split)]


def _merged(found: Sequence[Rows]) -> Rows:
    return found[0] if len(found) == 1 else np.sort(np.concatenate([*found, np.empty(0, dtype=np.int64)]))


def open_index(
    attribute_path: Path | str,
    partition_path: Path | None = None,
    cache_dir: Path | str | None = None,
) -> AttributeIndex:
    """The index of an attribute file, from the cache when the same content was indexed before.

    With `partition_path`, CelebA's list of training, validation and test images, queries may ask for a split.
    The cache (about 3 MB) lies in `cache_dir`, by default the user's own; where it cannot be written, nothing
    is kept.

    Raises:
        AttributeFileError: a file is missing, cut off or not CelebA's.
    """
    data = read_attribute_bytes(attribute_path)
    key = hashlib.sha256(data)
    if partition_path is not None:
        key.update(read_attribute_bytes(partition_path))
    folder = default_cache_dir() if cache_dir is None else Path(cache_dir)
    cache = folder / index_cache.file_name(key.hexdigest())
    kept = index_cache.load_index_parts(cache, [gender for gender, _ in PARTS])
    if kept is not None:
        return AttributeIndex(*kept)
    table = parse_attribute_list(data, str(attribute_path))
    if partition_path is not None:
        if not table.named:
            raise AttributeFileError(
                f"{attribute_path} names no images, so {partition_path} cannot tell their splits: "
                "give a list with a column of file names, image_id, or take the list of splits away."
            )
        table = replace(table, splits=read_partition(partition_path, table.ids))
    index = AttributeIndex.build(table, _md5(data))
    index_cache.keep_index_parts(cache, index.parts, index.names, index.md5, index.named)
    return index


def default_cache_dir() -> Path:
    """Where indexes are kept: `sd35-celeba` in XDG_CACHE_HOME or in ~/.cache."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path("~/.cache").expanduser()) / "sd35-celeba"
