"""Images that show the same picture and whose labels disagree: one of the two must be labelled wrongly.

Two images are alike where their coarse difference hashes, 64 bits, differ in at most 3 bits: such pairs are
found without comparing all with all. Faces in one pose are alike too, so a fine hash of 256 bits decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, islice, product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from prompt_engine.attributes import LABELS
from prompt_engine.faces import FaceSource

MOST_BITS = 3
MOST_PAIRS = 50_000  # kept: more than anybody looks at
# Of 256 bits: saved again or made darker, a CelebA image differs from itself by up to 34 bits, in nine of ten
# cases by up to 14; the nearest of 11,175 pairs of different images by 47.
MOST_FINE_BITS = 32
_COARSE, _FINE = 8, 16  # bits a side
# Of four parts of 16 bits, one at least is alike where no more than three bits differ.
_BANDS, _BAND_BITS = 4, 16

Hashes = npt.NDArray[np.uint64]


class ImageHash(NamedTuple):
    """Where brightness rises from left to right in the shrunk image: 64 bits, and 256."""

    coarse: int
    fine: int


@dataclass(frozen=True)
class NearDuplicate:
    """Two images by their numbers, how many bits of either hash differ, and which labels."""

    ids: tuple[int, int]
    bits: int
    fine_bits: int
    disagreeing: tuple[str, ...]

    @property
    def same_picture(self) -> bool:
        """Whether the fine hashes are near too; else it is only alike at a glance."""
        return self.fine_bits <= MOST_FINE_BITS


def hash_image(image: Image.Image) -> ImageHash:
    """Both hashes of an image."""
    grey = image.convert("L")
    return ImageHash(_difference_hash(grey, _COARSE), _difference_hash(grey, _FINE))


def find_pairs(hashes: Hashes) -> npt.NDArray[np.int64]:
    """The pairs within MOST_BITS as (place, place, bits), shape (n, 3); the first place is the smaller.

    They are all, or where there are more, MOST_PAIRS of them: those of images that are like few others first,
    so that a thousand copies of one image hide nothing else.
    """
    unlike, places, copies = np.unique(hashes, return_inverse=True, return_counts=True)
    of_each = np.split(np.argsort(places, kind="stable"), np.cumsum(copies)[:-1])
    alike = _unlike_pairs(unlike, copies)
    pairs = chain.from_iterable(_copies(of_each[one], of_each[other]) for one, other in alike.tolist())
    kept = np.array(sorted(islice(pairs, MOST_PAIRS)), dtype=np.int64).reshape(-1, 2)
    bits = np.bitwise_count(hashes[kept[:, 0]] ^ hashes[kept[:, 1]])
    return np.column_stack([kept, bits]).astype(np.int64)


def find_near_duplicates(source: FaceSource, hashes: Mapping[int, ImageHash]) -> list[NearDuplicate]:
    """The pairs among hashed images, by number: the same pictures first, those that disagree most before.

    At most MOST_PAIRS: a list as long as that does not say all (`find_pairs`).
    """
    ids = list(hashes)
    pairs = find_pairs(np.array([each.coarse for each in hashes.values()], dtype=np.uint64))
    labels = {id: source.labels(id) for id in {ids[place] for place in pairs[:, :2].ravel().tolist()}}
    found = [_compared(labels, hashes, ids[first], ids[second]) for first, second, _ in pairs.tolist()]
    return sorted(found, key=lambda each: (not each.same_picture, -len(each.disagreeing), each.ids))


def count_disagreements(found: Sequence[NearDuplicate]) -> list[tuple[str, int]]:
    """On how many pairs each label disagrees, the most first."""
    return Counter(label for each in found for label in each.disagreeing).most_common()


def _difference_hash(grey: Image.Image, side: int) -> int:
    shrunk = grey.resize((side + 1, side), Image.Resampling.BOX)
    rises = np.diff(np.asarray(shrunk, dtype=np.int16), axis=1) > 0
    return int.from_bytes(np.packbits(rises).tobytes(), "big")


def _unlike_pairs(unlike: Hashes, copies: npt.NDArray[np.intp]) -> npt.NDArray[np.int64]:
    """The near pairs of different hashes, and each that has copies with itself: those of few images first."""
    several = np.flatnonzero(copies > 1)
    packed = np.unique(np.concatenate([_pairs_alike(unlike, band) for band in range(_BANDS)]))
    near = np.divmod(packed, max(len(unlike), 1))
    pairs = np.column_stack([np.concatenate([each, several]) for each in near])
    bits = np.bitwise_count(unlike[pairs[:, 0]] ^ unlike[pairs[:, 1]])
    return pairs[np.lexsort((bits, copies[pairs].prod(axis=1)))]


def _copies(one: npt.NDArray[np.intp], other: npt.NDArray[np.intp]) -> Iterator[tuple[int, int]]:
    """The places of one hash with those of another, or with each other where both are the same."""
    if one is other:
        return combinations(one.tolist(), 2)
    return ((min(pair), max(pair)) for pair in product(one.tolist(), other.tolist()))


def _pairs_alike(hashes: Hashes, band: int) -> npt.NDArray[np.int64]:
    """The near pairs of which one part of the hash is alike: each is compared with those behind it.

    A pair of places is packed into one number: the smaller, times the number of hashes, and the larger.
    """
    part = (hashes >> np.uint64(band * _BAND_BITS)) & np.uint64(2**_BAND_BITS - 1)
    order = np.argsort(part, kind="stable")
    part = part[order]
    here, ahead = np.arange(len(order)), 1
    found = [np.empty(0, dtype=np.int64)]
    while len(here):
        here = here[here + ahead < len(order)]
        here = here[part[here] == part[here + ahead]]
        one, other = order[here], order[here + ahead]
        near = np.bitwise_count(hashes[one] ^ hashes[other]) <= MOST_BITS
        one, other = one[near], other[near]
        found.append(np.minimum(one, other) * len(hashes) + np.maximum(one, other))
        ahead += 1
    return np.concatenate(found)


def _compared(
    labels: Mapping[int, frozenset[str]], hashes: Mapping[int, ImageHash], first: int, second: int
) -> NearDuplicate:
    one, other = hashes[first], hashes[second]
    differing = labels[first] ^ labels[second]
    return NearDuplicate(
        (first, second),
        (one.coarse ^ other.coarse).bit_count(),
        (one.fine ^ other.fine).bit_count(),
        tuple(label for label in LABELS if label in differing),
    )
