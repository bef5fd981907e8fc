"""Single images out of the Parquet files of a dataset on the Hub: kept, or a row group at a time."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from prompt_engine.bounded_cache import BoundedCache
from prompt_engine.errors import FaceSourceError
from prompt_engine.faces.hub_faults import HubSilent
from prompt_engine.faces.hub_layout import Shard
from prompt_engine.faces.hub_repository import HubFiles
from prompt_engine.faces.hub_table import Places
from prompt_engine.faces.remote_parquet import column_spans, decode, fetch_footer, read_footer

if TYPE_CHECKING:
    import pyarrow.parquet as pq

_AT_ONCE = 8  # row groups
_RECENT_BYTES = 32_000_000  # of row groups, for those who read one row after another

Found = dict[int, bytes | FaceSourceError]


class HubImages:
    """The encoded images of one commit, by row; several threads may ask at once.

    However many ask, so many row groups are fetched together, and each by one of them.
    """

    def __init__(self, files: HubFiles, places: Places, cache: BoundedCache, folder: str) -> None:
        self._folder = folder  # in the cache
        self._files = files
        self._places = places
        self._cache = cache
        self._recent: OrderedDict[int, list[bytes | None]] = OrderedDict()
        self._fetching: dict[int, Future[list[bytes | None]]] = {}
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix=f"images of {files.repository}")

    def read(self, rows: Sequence[int], keep: bool = True) -> Found:
        """The bytes of each row's image, or why there are none; `keep` those that are fetched."""
        found: Found = {row: data for row in rows if (data := self._cache.get(self._key(row))) is not None}
        missing = sorted(set(rows) - found.keys())
        groups = [(group, list(each)) for group, each in groupby(missing, self._places.group_of)]
        silent: list[HubSilent] = []

        def read_group(each: tuple[int, list[int]]) -> Found:
            if silent:  # whoever is yet to ask would only wait as long again
                return dict.fromkeys(each[1], silent[0])
            part = self._read_group(*each, keep)
            silent.extend(fault for fault in part.values() if isinstance(fault, HubSilent))
            return part

        for part in self._pool.map(read_group, groups):
            found.update(part)
        return found

    def prefetch(self, rows: Iterable[int]) -> Iterable[None]:
        """Fetch what is not kept yet, one row group a step.

        Raises:
            FaceSourceError: the Hub cannot be reached.
        """
        missing = sorted({row for row in rows if self._cache.get(self._key(row)) is None})
        for group, each in groupby(missing, self._places.group_of):
            self._keep(self._chosen(group, list(each), self._group(group)))
            yield

    def forget(self, row: int) -> None:
        """Fetch this image anew the next time."""
        self._cache.remove(self._key(row))
        with self._lock:
            self._recent.pop(self._places.group_of(row), None)

    def _key(self, row: int) -> str:
        return f"{self._folder}/images/{row // 1000}/{row}"

    def _read_group(self, group: int, rows: list[int], keep: bool) -> Found:
        try:
            images = self._group(group)
        except FaceSourceError as error:
            return dict.fromkeys(rows, error)
        found = self._chosen(group, rows, images)
        if keep:
            self._keep(found)
        return found

    def _group(self, group: int) -> list[bytes | None]:
        """The images of a row group: the recent ones, or those that somebody fetches already, or new ones."""
        with self._lock:
            recent, fetched = self._recent.get(group), self._fetching.get(group)
            if recent is not None:
                self._recent.move_to_end(group)
                return recent
            if fetched is None:
                mine = self._fetching[group] = Future()
        return fetched.result() if fetched is not None else self._fetch_for_all(group, mine)

    def _fetch_for_all(self, group: int, awaited: Future[list[bytes | None]]) -> list[bytes | None]:
        """Fetch a row group for whoever waits for it by now."""
        try:
            images = self._fetch_group(group)
        except BaseException as error:
            with self._lock:
                del self._fetching[group]
            awaited.set_exception(error)
            raise
        with self._lock:
            del self._fetching[group]
            self._remember(group, images)
        awaited.set_result(images)
        return images

    def _remember(self, group: int, images: list[bytes | None]) -> None:
        self._recent[group] = images
        while len(self._recent) > 1 and self._recent_bytes() > _RECENT_BYTES:
            self._recent.popitem(last=False)

    def _chosen(self, group: int, rows: list[int], images: list[bytes | None]) -> Found:
        """The images of these rows, from all those of their row group."""
        first = int(self._places.first_rows[group])
        found: Found = {}
        for row in rows:
            data = images[row - first]
            if data is None:
                found[row] = FaceSourceError(
                    f"Row {row} of {self._files.repository} holds no image: choose another."
                )
            else:
                found[row] = data
        return found

    def _keep(self, found: Found) -> None:
        for row, image in found.items():
            if isinstance(image, bytes):
                self._cache.put(self._key(row), image)

    def _recent_bytes(self) -> int:
        return sum(len(image or b"") for images in self._recent.values() for image in images)

    def _fetch_group(self, group: int) -> list[bytes | None]:
        shard, number = self._places.shard_of(group)
        name = f"{self._files.repository}/{shard.path}"
        metadata = self._metadata(shard, name)
        column = self._places.image_column
        spans = column_spans(metadata, [number], [column])
        parts = {span: self._files.fetch(shard.path, *span) for span in spans}
        images = decode(metadata, [number], [column], parts, name).column(0).to_pylist()
        return [each.get("bytes") if isinstance(each, dict) else each for each in images]

    def _metadata(self, shard: Shard, name: str) -> pq.FileMetaData:
        key = f"{self._folder}/footers/{shard.path}"
        kept = self._cache.get(key)
        if kept is not None:
            with suppress(FaceSourceError):  # only what is kept on this disk is damaged
                return read_footer(kept, name)
        footer = fetch_footer(partial(self._files.fetch, shard.path), shard.size, name)
        metadata = read_footer(footer, name)
        self._cache.put(key, footer)
        return metadata
