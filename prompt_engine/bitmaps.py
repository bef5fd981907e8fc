"""One bit an image and attribute: images of one gender, sharp or blurry, packed into words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from prompt_engine.attributes import LABELS
from prompt_engine.audit import CONTRADICTIONS, Finding
from prompt_engine.facets import COLUMN

Words = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Bitmaps:
    """Some images: their rows in the attribute list, ascending, and one bit an image."""

    gender: str
    rows: npt.NDArray[np.int32]  # (n,)
    words: Words  # (40, n / 64)
    splits: Words | None  # (3, n / 64): one line a split; None where the split is unknown

    @classmethod
    def pack(
        cls,
        gender: str,
        rows: Rows,
        values: npt.NDArray[np.bool_],
        splits: npt.NDArray[np.uint8] | None,
    ) -> Bitmaps:
        """Pack the values, shape (n, 40), and the split numbers, shape (n,), of these rows."""
        by_split = None if splits is None else pack_bits(np.stack([splits == each for each in range(3)]))
        return cls(gender, rows.astype(np.int32), pack_bits(values.T), by_split)

    @cached_property
    def everyone(self) -> Words:
        """A bit for every image; those that only fill the last word are 0."""
        return pack_bits(np.ones((1, len(self.rows)), dtype=bool))[0]

    @cached_property
    def consistent(self) -> Words:
        """The bits of the images in which no two labels contradict each other."""
        found = self.everyone.copy()
        for finding in CONTRADICTIONS:
            found &= ~self.find(finding)
        return found

    def find(self, finding: Finding) -> Words:
        """The bits of the images that a finding is about."""
        found = np.zeros_like(self.everyone)
        for case in finding.cases:
            if case.gender in (None, self.gender):
                found |= self.match(case.wanted, case.unwanted)
        return found

    def match(self, wanted: Iterable[str], unwanted: Iterable[str], within: Words | None = None) -> Words:
        """The bits of the images, all or those `within`, that carry all of `wanted`, none of `unwanted`."""
        found = (self.everyone if within is None else within).copy()
        for label in wanted:
            found &= self.words[COLUMN[label]]
        for label in unwanted:
            found &= ~self.words[COLUMN[label]]
        return found

    def expand(self, found: Words) -> Rows:
        """The rows whose bits are set."""
        bits = np.unpackbits(found.view(np.uint8), bitorder="little")
        return self.rows[np.flatnonzero(bits.view(bool))].astype(np.int64)

    def count_labels(self, found: Words) -> npt.NDArray[np.int64]:
        """How many of the images whose bits are set carry each label, (40,)."""
        return count_bits(self.words & found)

    def count_triples(self, triples: npt.NDArray[np.intp], within: Words) -> npt.NDArray[np.int64]:
        """Counts of triples of columns, (n, 3) → (n,); quick when triples of one pair stand together."""
        counts = np.empty(len(triples), dtype=np.int64)
        new_pair = np.any(np.diff(triples[:, :2], axis=0, prepend=-1), axis=1)
        edges = [*np.flatnonzero(new_pair).tolist(), len(triples)]
        for start, stop in zip(edges[:-1], edges[1:], strict=True):
            first, second, _ = triples[start]
            both = self.words[first] & self.words[second] & within
            counts[start:stop] = count_bits(self.words[triples[start:stop, 2]] & both)
        return counts

    def labels(self, place: int) -> frozenset[str]:
        """All labels of the image at a place in `rows`."""
        bits = self.words[:, place // 64] >> np.uint64(place % 64) & np.uint64(1)
        return frozenset(label for label, bit in zip(LABELS, bits, strict=True) if bit)


def count_bits(words: Words) -> npt.NDArray[np.int64]:
    """How many bits are set in each line."""
    return np.bitwise_count(words).sum(axis=-1, dtype=np.uint32).astype(np.int64)


def pack_bits(bits: npt.NDArray[np.bool_]) -> Words:
    """Lines of bits, shape (k, n), as little-endian words, shape (k, ceil(n / 64)); the rest is 0."""
    filler = -bits.shape[1] % 64
    padded = np.pad(bits, ((0, 0), (0, filler)))
    packed = np.ascontiguousarray(np.packbits(padded, axis=1, bitorder="little"))
    return packed.view(np.dtype("<u8")).astype(np.uint64, copy=False)
