"""The attributes of a dataset on the Hub and where its rows lie, fetched once for each commit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from prompt_engine.attribute_file import AttributeTable
from prompt_engine.attributes import LABELS
from prompt_engine.errors import FaceSourceError
from prompt_engine.faces.hub_layout import Shard
from prompt_engine.faces.hub_repository import HubFiles
from prompt_engine.faces.remote_parquet import Span, column_spans, decode, fetch_footer, read_footer
from prompt_engine.image_names import USUAL_COLUMNS, is_image_name, names_in, text_columns
from prompt_engine.parquet_file import check_columns, read_values

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_AT_ONCE = 16  # requests
_SHARDS_AT_ONCE = 4  # decoded
_NAME_BYTES = 64  # of a packed file name, at most
_IMAGE_COLUMNS = ("image", "img", "jpg", "png")

Watch = Callable[[Iterable[Any], int], Iterable[Any]]  # files as they are read, and their number


@dataclass(frozen=True)
class Places:
    """Where the images of a commit lie.

    Row groups count through all shards: `first_rows`, (groups + 1,), says which rows lie in which.
    """

    shards: tuple[Shard, ...]
    shard_groups: npt.NDArray[np.int64]  # (shards + 1,): the first row group of each shard
    first_rows: npt.NDArray[np.int64]
    image_column: str  # the path of the encoded bytes, such as `image.bytes`

    def group_of(self, row: int) -> int:
        """The row group in which a row lies."""
        return int(np.searchsorted(self.first_rows, row, side="right")) - 1

    def shard_of(self, group: int) -> tuple[Shard, int]:
        """The shard in which a row group lies, and its number there."""
        shard = int(np.searchsorted(self.shard_groups, group, side="right")) - 1
        return self.shards[shard], group - int(self.shard_groups[shard])


@dataclass(frozen=True)
class HubTable:
    """What a commit says about all its images; the attributes are large until an index packs them."""

    attributes: AttributeTable
    places: Places


def unwatched(files: Iterable[Any], number: int) -> Iterable[Any]:
    """Nobody waits for them."""
    return files


def fetch_table(files: HubFiles, shards: Sequence[Shard], watch: Watch = unwatched) -> HubTable:
    """Read footers and attribute columns, and nothing of the images; each file read passes `watch`.

    Raises:
        FaceSourceError: the Hub cannot be reached, or a file is damaged.
        AttributeFileError: columns are missing, or values are others than CelebA's.
    """
    with ThreadPoolExecutor(_AT_ONCE) as pool, ThreadPoolExecutor(_SHARDS_AT_ONCE) as shard_pool:
        footers = list(pool.map(lambda shard: _metadata(files, shard), shards))
        for shard, metadata in zip(shards, footers, strict=True):
            check_columns(metadata.schema.to_arrow_schema().names, _name(files, shard))
        image_column = _image_column(footers[0], _name(files, shards[0]))
        columns = [*_name_columns(footers), *LABELS]
        read = shard_pool.map(lambda *each: _read(files, pool, columns, *each), shards, footers)
        tables = list(watch(read, len(shards)))
    parts = [read_values(part, _name(files, shard)) for shard, part in zip(shards, tables, strict=True)]
    groups = [metadata.num_row_groups for metadata in footers]
    sizes = [meta.row_group(group).num_rows for meta in footers for group in range(meta.num_row_groups)]
    names, values, splits = _names(tables), np.concatenate(parts), _splits(shards, footers)
    attributes = (
        AttributeTable(names, values, splits) if names else AttributeTable.without_names(values, splits)
    )
    return HubTable(attributes, Places(tuple(shards), _edges(groups), _edges(sizes), image_column))


def _metadata(files: HubFiles, shard: Shard) -> pq.FileMetaData:
    footer = fetch_footer(
        lambda start, stop: files.fetch(shard.path, start, stop), shard.size, _name(files, shard)
    )
    return read_footer(footer, _name(files, shard))


def _name(files: HubFiles, shard: Shard) -> str:
    return f"{files.repository}/{shard.path}"


def _image_column(metadata: pq.FileMetaData, name: str) -> str:
    paths = [metadata.schema.column(place).path for place in range(len(metadata.schema))]
    for column in _IMAGE_COLUMNS:
        for path in (f"{column}.bytes", column):
            if path in paths:
                return path
    raise FaceSourceError(f"{name} lacks a column of images called image: name another dataset.")


def _name_columns(footers: Sequence[pq.FileMetaData]) -> list[str]:
    """The columns of text that may hold file names: captions are not fetched in vain."""
    columns = [text_columns(metadata.schema.to_arrow_schema()) for metadata in footers]
    everywhere = [path for path in columns[0] if all(path in each for each in columns)]
    return [path for path in everywhere if all(_may_be_names(metadata, path) for metadata in footers)]


def _may_be_names(metadata: pq.FileMetaData, path: str) -> bool:
    if path in USUAL_COLUMNS or not metadata.num_row_groups:
        return True
    group = metadata.row_group(0)
    chunk = next(
        chunk for place in range(group.num_columns) if (chunk := group.column(place)).path_in_schema == path
    )
    if chunk.statistics is None or not chunk.statistics.has_min_max:
        return bool(chunk.total_compressed_size <= _NAME_BYTES * group.num_rows)
    try:
        return is_image_name(chunk.statistics.min) and is_image_name(chunk.statistics.max)
    except UnicodeDecodeError:
        return False


def _names(tables: Sequence[pa.Table]) -> tuple[str, ...] | None:
    """The file names of all shards, from a column that holds names in every one and none twice."""
    import pyarrow as pa

    columns = [path for path in tables[0].column_names if path not in LABELS]
    try:
        parts = [part.select(columns) for part in tables]
        return names_in(pa.concat_tables(parts, promote_options="permissive"))
    except (pa.ArrowException, UnicodeDecodeError):  # of other types in other shards, or no text at all
        return None


def _read(
    files: HubFiles, pool: ThreadPoolExecutor, columns: Sequence[str], shard: Shard, metadata: pq.FileMetaData
) -> pa.Table:
    groups = range(metadata.num_row_groups)
    spans = column_spans(metadata, groups, columns)
    parts: dict[Span, bytes] = dict(
        zip(spans, pool.map(lambda span: files.fetch(shard.path, *span), spans), strict=True)
    )
    return decode(metadata, groups, columns, parts, _name(files, shard))


def _splits(shards: Sequence[Shard], footers: Sequence[pq.FileMetaData]) -> npt.NDArray[np.uint8] | None:
    known = [shard.split for shard in shards if shard.split is not None]
    if len(known) < len(shards):
        return None
    return np.repeat(np.array(known, dtype=np.uint8), [metadata.num_rows for metadata in footers])


def _edges(sizes: Sequence[int]) -> npt.NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
