"""The small faces of a source; of drawn people they are kept, because drawing takes far longer."""

from __future__ import annotations

from functools import lru_cache
from threading import Lock

from prompt_engine.faces import FaceSource
from prompt_engine.query import Query
from studio.face_strip import SmallFace

_KEPT = 6_000  # of 3.5 kB; each takes 5 ms to draw


class SmallFaces:
    """The small faces of a source. May be called from several threads."""

    def __init__(self, source: FaceSource) -> None:
        self._source = source
        self._drawn = lru_cache(_KEPT)(self._draw)
        self._pen = Lock()  # several that draw at once are no faster, and keep the page from answering others

    def sample(self, query: Query, count: int, seed: int, version: str | None = None) -> list[SmallFace]:
        """What `FaceSource.sample` gives, small.

        Raises: as that.
        """
        if self._source.drawn:
            return [self._drawn(name) for name in self._source.sample_ids(query, count, seed)]
        return list(map(SmallFace.of, self._source.sample(query, count, seed, version)))

    def _draw(self, name: str) -> SmallFace:
        with self._pen:
            return SmallFace.of(self._source.glance(self._source.number(name)))
