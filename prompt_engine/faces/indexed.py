"""What the sources with an attribute index share: counting, and drawing at random from what can be shown."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import islice

import numpy as np

from prompt_engine.bitmaps import Rows
from prompt_engine.errors import FaceSourceError
from prompt_engine.faces import Face
from prompt_engine.faces.image_folder import file_stems
from prompt_engine.facets import Facets, MatchCount
from prompt_engine.index import AttributeIndex
from prompt_engine.query import Query
from prompt_engine.random_order import sample_rows

_LOG = logging.getLogger(__name__)
_SPARE = 20  # drawn beyond what is asked for, in case some images are damaged


class IndexedFaces(ABC):
    """Photographed faces; a face's number is its row in the attribute list."""

    drawn = False
    filterable = True
    splittable: bool
    index: AttributeIndex
    versions: tuple[str, ...]  # of every image, the usual one first

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """Other pictures in the usual version have another."""

    def match_count(self, query: Query) -> MatchCount:
        """How many rows match, whether or not their image is there."""
        return MatchCount(self.index.count(query), exact=True)

    def facets(self, query: Query) -> Facets:
        """How many rows match, and how many of them carry each label."""
        return self.index.facets(query)

    def sample(self, query: Query, count: int, seed: int, version: str | None = None) -> list[Face]:
        """At most `count` different matching faces, from the images that are there and can be read.

        Raises:
            FaceSourceError: no such version, or the source itself cannot be reached.
        """
        version = self._known(version)
        rows = iter(self._draw(self._matches(query, version), count + _SPARE, seed))
        faces: list[Face] = []
        try:
            while len(faces) < count and (wanted := list(islice(rows, count - len(faces)))):
                faces += self._read_all(wanted, version)
        except FaceSourceError as error:
            if not faces:
                raise
            _LOG.warning("%s", error)
        return faces

    def sample_ids(self, query: Query, count: int, seed: int) -> list[str]:
        """The names of the images that `sample` tries first, in the usual version; none is read."""
        rows = self._draw(self._matches(query, self.versions[0]), count + _SPARE, seed)
        return [self.file_name(row) for row in rows[:count]]

    def file_name(self, id: int) -> str:
        """What the image of a row is called where it lies, in the usual version."""
        return self.index.file_name(id)

    def ids(self, query: Query | None = None) -> Sequence[int]:
        """The rows that match, by default all not Blurry, whose image is there in the usual version."""
        return self._there(self.index.match_rows(query or Query()), self.versions[0]).tolist()

    def labels(self, id: int) -> frozenset[str]:
        """The labels of a row."""
        return self.index.labels(id)

    def number(self, name: str) -> int:
        """The row whose image is called so, whatever its suffix.

        Raises:
            FaceSourceError: there is none.
        """
        wanted = name.encode(errors="replace")
        found = np.flatnonzero(self.index.names == wanted)
        if not len(found):
            stem = file_stems(np.array([wanted], dtype=np.bytes_))[0]
            found = np.flatnonzero(file_stems(self.index.names) == stem)
        if not len(found):
            raise FaceSourceError(f"No image is called {name!r}: choose one of the faces that are shown.")
        return int(found[0])

    @abstractmethod
    def face(self, id: int, version: str | None = None) -> Face:
        """The face of a row."""

    def glance(self, id: int) -> Face:
        """The same: a source that keeps nothing has one way to read."""
        return self.face(id)

    @abstractmethod
    def _there(self, rows: Rows, version: str) -> Rows:
        """Those of `rows` whose image can be shown."""

    def _matches(self, query: Query, version: str) -> Rows:
        return self._there(self.index.match_rows(query), version)

    def _draw(self, matches: Rows, count: int, seed: int) -> list[int]:
        """At most `count` different ones of `matches`; of one seed, fewer are the first of more."""
        return sample_rows(matches, count, seed).tolist()

    def _read_all(self, rows: Sequence[int], version: str) -> list[Face]:
        """The faces of these rows, without those that cannot be read: one bad file empties no gallery."""
        faces = []
        for row in rows:
            try:
                faces.append(self.face(row, version))
            except FaceSourceError as error:
                _LOG.warning("%s", error)
        return faces

    def _known(self, version: str | None) -> str:
        if version is not None and version not in self.versions:
            raise FaceSourceError(
                f"There are no {version!r} images here: choose {' or '.join(self.versions)}."
            )
        return version or self.versions[0]
