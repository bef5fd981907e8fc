"""Parts of a Parquet file that lies elsewhere: its footer, then only the columns and row groups asked for."""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from prompt_engine.errors import FaceSourceError

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_TAIL_BYTES = 16 * 1024  # asked for at first; images lie before the footer
_LARGEST_FOOTER_BYTES = 64 * 1024 * 1024
_LARGEST_PART_BYTES = 256 * 1024 * 1024
_GAP_BYTES = 8 * 1024  # fetched along, rather than asking twice

Fetch = Callable[[int, int], bytes]
Span = tuple[int, int]


def fetch_footer(fetch: Fetch, size: int, name: str) -> bytes:
    """The end of a file of `size` bytes, from where its metadata begins.

    Raises:
        FaceSourceError: it is no Parquet file, or it cannot be fetched.
    """
    tail = fetch(max(0, size - _TAIL_BYTES), size) if size >= 12 else b""
    if tail[-4:] != b"PAR1":
        raise FaceSourceError(f"{name} is no Parquet file, or it is damaged: name another dataset.")
    length = int.from_bytes(tail[-8:-4], "little") + 8
    if length > min(size, _LARGEST_FOOTER_BYTES):
        raise FaceSourceError(f"{name} is damaged at its end: name another dataset.")
    return tail[-length:] if length <= len(tail) else fetch(size - length, size)


def read_footer(footer: bytes, name: str) -> pq.FileMetaData:
    """What a footer says.

    Raises:
        FaceSourceError: it is damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_metadata(pa.BufferReader(b"PAR1" + footer))
    except (pa.ArrowException, OSError) as error:
        raise FaceSourceError(f"{name} is damaged at its end: name another dataset.") from error


def column_spans(metadata: pq.FileMetaData, groups: Sequence[int], columns: Sequence[str]) -> list[Span]:
    """Where the columns, named by their path such as `image.bytes`, lie in these row groups."""
    spans = []
    for group in groups:
        chunks = metadata.row_group(group)
        for place in range(chunks.num_columns):
            chunk = chunks.column(place)
            if chunk.path_in_schema in columns:
                starts = [chunk.data_page_offset]
                if chunk.has_dictionary_page and chunk.dictionary_page_offset is not None:
                    starts.append(chunk.dictionary_page_offset)
                spans.append((min(starts), min(starts) + chunk.total_compressed_size))
    return _joined(sorted(spans))


def decode(
    metadata: pq.FileMetaData,
    groups: Sequence[int],
    columns: Sequence[str],
    parts: Mapping[Span, bytes],
    name: str,
) -> pa.Table:
    """The columns of these row groups, from the fetched spans.

    Raises:
        FaceSourceError: they are damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(pa.PythonFile(_Parts(parts), mode="r"), metadata=metadata)
        return file.read_row_groups(list(groups), columns=list(columns), use_threads=False)
    except (pa.ArrowException, OSError, MemoryError, UnicodeDecodeError) as error:
        raise FaceSourceError(f"{name} is damaged ({error}): name another dataset.") from error


def _joined(spans: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, stop in spans:
        if joined and start - joined[-1][1] <= _GAP_BYTES:
            joined[-1] = (joined[-1][0], max(stop, joined[-1][1]))
        else:
            joined.append((start, stop))
    if any(stop - start > _LARGEST_PART_BYTES for start, stop in joined):
        raise FaceSourceError(
            "The images of this dataset lie in row groups of more than 256 MB, too much to fetch for one: "
            "name another dataset, or a folder."
        )
    return joined


class _Parts(io.RawIOBase):
    """A file of which some spans are there."""

    def __init__(self, parts: Mapping[Span, bytes]) -> None:
        self._spans = sorted(parts)
        self._starts = [start for start, _ in self._spans]
        self._parts = parts
        self._place = 0
        self._size = max((stop for _, stop in self._spans), default=0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        self._place = base + offset
        return self._place

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size < 0:
            size = self._size - self._place
        number = bisect_right(self._starts, self._place) - 1
        if number < 0 or self._place + size > self._spans[number][1]:
            raise OSError(f"bytes {self._place} to {self._place + size} were not fetched")
        start = self._place - self._spans[number][0]
        self._place += size
        return self._parts[self._spans[number]][start : start + size]
