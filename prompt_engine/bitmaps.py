"""One bit an image and attribute: the images of one gender, packed into words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from prompt_engine.attributes import LABELS

Words = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int64]

COLUMN = {label: place for place, label in enumerate(LABELS)}


@dataclass(frozen=True)
class Bitmaps:
    """The images of one gender: their rows in the attribute list, ascending, and one bit an image."""

    rows: Rows
    words: Words  # (40, n / 64)
    everyone: Words  # (n / 64,), without the bits that only fill the last word

    @classmethod
    def pack(cls, rows: Rows, values: npt.NDArray[np.bool_]) -> Bitmaps:
        """Pack the values of shape (n, 40) of these rows."""
        packed = _pack(np.vstack([values.T, np.ones((1, len(rows)), dtype=bool)]))
        return cls(rows, packed[:-1], packed[-1])

    def match(self, wanted: tuple[str, ...], unwanted: tuple[str, ...]) -> Words:
        """The bits of the images that carry all of `wanted` and none of `unwanted`."""
        found = self.everyone.copy()
        for label in wanted:
            found &= self.words[COLUMN[label]]
        for label in unwanted:
            found &= ~self.words[COLUMN[label]]
        return found

    def expand(self, found: Words) -> Rows:
        """The rows whose bits are set."""
        bits = np.unpackbits(found.view(np.uint8), bitorder="little")
        return self.rows[np.flatnonzero(bits.view(bool))]

    def count_triples(self, triples: npt.NDArray[np.intp]) -> npt.NDArray[np.int64]:
        """Counts of many triples of columns, (n, 3) → (n,); quick when triples of one pair stand together."""
        counts = np.empty(len(triples), dtype=np.int64)
        new_pair = np.any(np.diff(triples[:, :2], axis=0, prepend=-1), axis=1)
        edges = [*np.flatnonzero(new_pair).tolist(), len(triples)]
        for start, stop in zip(edges[:-1], edges[1:], strict=True):
            first, second, _ = triples[start]
            both = self.words[triples[start:stop, 2]] & (self.words[first] & self.words[second])
            counts[start:stop] = np.bitwise_count(both).sum(axis=1, dtype=np.uint32)
        return counts

    def labels(self, place: int) -> frozenset[str]:
        """All labels of the image at a place in `rows`."""
        bits = self.words[:, place // 64] >> np.uint64(place % 64) & np.uint64(1)
        return frozenset(label for label, bit in zip(LABELS, bits, strict=True) if bit)


def _pack(bits: npt.NDArray[np.bool_]) -> Words:
    """Rows of bits, shape (k, n), as little-endian words, shape (k, ceil(n / 64)); the rest is 0."""
    filler = -bits.shape[1] % 64
    padded = np.pad(bits, ((0, 0), (0, filler)))
    packed = np.ascontiguousarray(np.packbits(padded, axis=1, bitorder="little"))
    return packed.view(np.dtype("<u8")).astype(np.uint64, copy=False)
