"""Real faces from a dataset on the Hugging Face Hub: first the attributes, images only as they are shown."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

from prompt_engine.bitmaps import Rows
from prompt_engine.bounded_cache import BoundedCache
from prompt_engine.celeba_layout import ALIGNED
from prompt_engine.errors import FaceSourceError
from prompt_engine.faces import Face
from prompt_engine.faces.hub_faults import HubFault
from prompt_engine.faces.hub_images import HubImages
from prompt_engine.faces.hub_opening import open_table
from prompt_engine.faces.hub_repository import HubFiles
from prompt_engine.faces.hub_table import Watch, unwatched
from prompt_engine.faces.indexed import IndexedFaces
from prompt_engine.faces.prefetcher import Prefetcher
from prompt_engine.index import AttributeIndex, default_cache_dir
from prompt_engine.query import Query
from prompt_engine.random_order import random_order
from prompt_engine.seeds import LARGEST_SEED

_LOG = logging.getLogger(__name__)
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+", re.ASCII)
_CACHE_MB = 500
_PER_GROUP = 5  # faces of one gallery from one row group: fetching that costs the same for one and for all


class HubFaces(IndexedFaces):
    """The faces of a dataset at one commit; a face's number counts train, then validation, then test."""

    versions: tuple[str, ...] = (ALIGNED,)

    def __init__(
        self,
        name: str,
        cache_dir: Path | str | None = None,
        cache_mb: float = _CACHE_MB,
        watch: Watch = unwatched,
    ) -> None:
        """Read the attributes of `OWNER/NAME` or `OWNER/NAME@REVISION`, and no image.

        Where they are not kept yet, each file of them passes `watch`.

        Raises:
            FaceSourceError: no such dataset, it may not be read, or the Hub cannot be reached.
            AttributeFileError: columns are missing, or values are others than CelebA's.
        """
        repository, _, revision = name.partition("@")
        if not _NAME.fullmatch(repository):
            raise FaceSourceError(f"{name!r} is no name of a dataset: write hub:OWNER/NAME.")
        self._repository = repository
        self.title = f"CelebA ({repository})"
        self.notice = (
            f"CelebA (Liu et al., ICCV 2015), from {repository} on the Hugging Face Hub; "
            "for non-commercial research only."
        )
        base = default_cache_dir() if cache_dir is None else Path(cache_dir)
        folder = base / "hub" / repository.replace("/", "--")
        self.commit, table = open_table(repository, revision or None, folder, watch)
        self.index = AttributeIndex.build(table.attributes)
        self.splittable = self.index.has_splits
        self._places = table.places
        files = HubFiles(repository, self.commit)
        cache = BoundedCache(base / "hub", cache_mb)
        self._images = HubImages(files, table.places, cache, f"{folder.name}/{self.commit}")
        self._damaged: set[int] = set()
        self.prefetcher = Prefetcher(f"faces of {repository}")

    @property
    def fingerprint(self) -> str:
        """Which commit of which dataset this is: its pictures never change."""
        return f"{self._repository}@{self.commit}"

    def sample(self, query: Query, count: int, seed: int, version: str | None = None) -> list[Face]:
        """At most `count` different matching faces; those of the next seed are then fetched beside.

        Raises:
            FaceSourceError: no such version, or the Hub cannot be reached and none of them is kept.
        """
        faces = super().sample(query, count, seed, version)
        self.prefetcher.start(lambda: self._images.prefetch(self._next(query, count, seed)))
        return faces

    def face(self, id: int, version: str | None = None) -> Face:
        """Fetch the image of a row, or read the one that is kept.

        Raises:
            FaceSourceError: no such row or version, its image is damaged, or the Hub cannot be reached.
        """
        self._known(version)
        return self._single(id, keep=True)

    def glance(self, id: int) -> Face:
        """As `face`, but what is fetched is not kept: to pass over all images drives out none that is shown.

        Raises:
            FaceSourceError: no such row, its image is damaged, or the Hub cannot be reached.
        """
        return self._single(id, keep=False)

    def _single(self, id: int, keep: bool) -> Face:
        if not 0 <= id < len(self.index.names):
            raise FaceSourceError(f"There is no image number {id} in {self.title}: choose one of ids().")
        return self._face(id, self._images.read([id], keep)[id])

    def _read_all(self, rows: Sequence[int], version: str) -> list[Face]:
        found = self._images.read(rows)
        faces: list[Face] = []
        faults: list[FaceSourceError] = []
        for row in rows:
            try:
                faces.append(self._face(row, found[row]))
            except FaceSourceError as fault:
                faults.append(fault)
        away = next((fault for fault in faults if isinstance(fault, HubFault)), None)
        if away is not None and not faces:
            raise away
        for sentence in dict.fromkeys(map(str, faults)):
            _LOG.warning("%s", sentence)
        return faces

    def _face(self, row: int, image: bytes | FaceSourceError) -> Face:
        if isinstance(image, FaceSourceError):
            raise image
        picture = _decoded(image)
        if picture is None and row not in self._damaged:
            # Perhaps only what is kept on this disk is damaged.
            self._damaged.add(row)
            self._images.forget(row)
            return self._face(row, self._images.read([row])[row])
        if picture is None:
            raise FaceSourceError(f"The image of row {row} in {self.title} is damaged: choose another.")
        self._damaged.discard(row)
        return Face(self.index.file_name(row), picture, self.index.labels(row))

    def _next(self, query: Query, count: int, seed: int) -> list[int]:
        return self._draw(self.index.match_rows(query), count, (seed + 1) % (LARGEST_SEED + 1))

    def _there(self, rows: Rows, version: str) -> Rows:
        return rows

    def _draw(self, matches: Rows, count: int, seed: int) -> list[int]:
        return list(islice(self._in_order(matches, seed), count))

    def _in_order(self, matches: Rows, seed: int) -> Iterator[int]:
        """Some rows of one row group, then some of another, so that few row groups have to be fetched."""
        edges = np.searchsorted(matches, self._places.first_rows)
        left: dict[int, Iterator[int]] = {}
        for group in self._groups(matches, int(np.count_nonzero(np.diff(edges))), seed):
            left[group] = random_order(matches[edges[group] : edges[group + 1]], seed)
            yield from islice(left[group], _PER_GROUP)
        while left:
            for group, rows in list(left.items()):
                some = list(islice(rows, _PER_GROUP))
                yield from some
                if not some:
                    del left[group]

    def _groups(self, matches: Rows, groups: int, seed: int) -> Iterator[int]:
        """The row groups that hold a match, those with many of them rather first."""
        met: set[int] = set()
        for group in map(self._places.group_of, random_order(matches, seed)):
            if group not in met:
                met.add(group)
                yield group
            if len(met) == groups:
                return


def _decoded(data: bytes) -> Image.Image | None:
    """The image; None where the bytes are none."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            return image.convert("RGB")
    # What Pillow raises depends on the format and on the byte that is damaged.
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
