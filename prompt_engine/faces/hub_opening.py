"""Opens a dataset on the Hub at one commit; what was read of a commit once is never fetched again."""

from __future__ import annotations

import logging
import re
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import numpy as np

from prompt_engine.attribute_file import AttributeTable
from prompt_engine.faces.hub_faults import HubUnreachable
from prompt_engine.faces.hub_layout import Shard, order_shards
from prompt_engine.faces.hub_repository import HubFiles, fetch_snapshot
from prompt_engine.faces.hub_table import HubTable, Places, Watch, fetch_table, unwatched
from prompt_engine.whole_file import replacing

_LOG = logging.getLogger(__name__)
_SCHEMA = 3
_COMMIT = re.compile("[0-9a-f]{40}")
_UNKNOWN = 255  # instead of a split


def open_table(
    repository: str, revision: str | None, folder: Path, watch: Watch = unwatched
) -> tuple[str, HubTable]:
    """The commit that a revision is now, and its attributes; `folder` keeps them.

    Where the Hub does not answer, or gives no files now, the commit is the one that it was the last time.

    Raises:
        FaceSourceError: no such dataset, it may not be read, or the Hub does not answer and nothing is kept.
        AttributeFileError: columns are missing, or values are others than CelebA's.
    """
    if revision is not None and _COMMIT.fullmatch(revision):
        kept = _load(_place(folder, revision))
        if kept is not None:
            return revision, kept
    last = folder / f"ref-{quote(revision or 'main', safe='')}"
    try:
        commit, table = _newest(repository, revision, folder, watch)
    except HubUnreachable as error:
        kept_before = _load_last(folder, last)
        if kept_before is None:
            raise
        _LOG.warning("%s The copy of %s on this disk is used.", error, repository)
        return kept_before
    with suppress(OSError):
        last.write_text(commit)
    return commit, table


def _newest(repository: str, revision: str | None, folder: Path, watch: Watch) -> tuple[str, HubTable]:
    """The commit that a revision is now; its attributes are fetched unless they are kept."""
    snapshot = fetch_snapshot(repository, revision)
    table = _load(_place(folder, snapshot.commit))
    if table is None:
        files = HubFiles(repository, snapshot.commit)
        table = fetch_table(files, order_shards(snapshot, repository), watch)
        _keep(_place(folder, snapshot.commit), table)
    return snapshot.commit, table


def _place(folder: Path, commit: str) -> Path:
    return folder / commit / "table.npz"


def _load_last(folder: Path, last: Path) -> tuple[str, HubTable] | None:
    try:
        commit = last.read_text()
    except (OSError, ValueError):
        return None
    table = _load(_place(folder, commit)) if _COMMIT.fullmatch(commit) else None
    return None if table is None else (commit, table)


def _keep(path: Path, table: HubTable) -> None:
    """Write a table, packed; where that is impossible it is fetched again next time."""
    attributes, places = table.attributes, table.places
    unknown = np.full(len(attributes.ids), _UNKNOWN, dtype=np.uint8)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as beside, beside.open("wb") as file:
            np.savez(
                file,
                schema=np.array(_SCHEMA),
                names=np.array(attributes.ids, dtype=np.bytes_),
                named=np.array(attributes.named),
                values=np.packbits(attributes.values, axis=0),
                splits=unknown if attributes.splits is None else attributes.splits,
                shard_groups=places.shard_groups,
                first_rows=places.first_rows,
                paths=np.array([shard.path for shard in places.shards]),
                sizes=np.array([shard.size for shard in places.shards]),
                image_column=np.array(places.image_column),
            )
    except OSError as error:
        _LOG.warning("The attributes cannot be kept in %s (%s); they are fetched again.", path, error)


def _load(path: Path) -> HubTable | None:
    """Read what `_keep` wrote; None when there is nothing or it is damaged."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return _table(arrays) if int(arrays["schema"]) == _SCHEMA else None
    except FileNotFoundError:
        return None
    # zipfile takes a damaged entry for one that is encrypted or packed by a newer method: RuntimeErrors.
    except (OSError, ValueError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile) as error:
        _LOG.warning("What is kept in %s is damaged and is fetched again (%s).", path, error)
        return None


def _table(arrays: Mapping[str, np.ndarray]) -> HubTable:
    first_rows = arrays["first_rows"]
    rows = int(first_rows[-1])
    values = np.unpackbits(arrays["values"], axis=0, count=rows).view(bool)
    splits = arrays["splits"]
    names = tuple(arrays["names"].astype(str).tolist())
    known = None if (splits == _UNKNOWN).any() else splits
    attributes = AttributeTable(names, values, known, bool(arrays["named"]))
    files = zip(arrays["paths"].tolist(), arrays["sizes"].tolist(), strict=True)
    shards = tuple(Shard(path, size, None) for path, size in files)
    return HubTable(
        attributes, Places(shards, arrays["shard_groups"], first_rows, str(arrays["image_column"]))
    )
