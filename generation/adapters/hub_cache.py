"""The disk that fetched adapters take: those used last stay in the Hub's cache, within a limit.

Whoever runs this may keep other things there. So each repository that came here as an adapter holds a file
that says so, of which the time is that of the last use, and no other one is ever dropped.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from generation.hub.refusals import is_offline
from prompt_engine.file_times import past

MARK = ".came-as-adapter"
REST_S = 60  # what was used a moment ago may be about to be read
_DROPPED = ".dropped-adapter-"


@contextmanager
def fetching(repository: str) -> Iterator[None]:
    """What is fetched within may be dropped again, unless the repository was in the cache before."""
    folder = _folder(repository)
    ours = not (folder / "snapshots").exists() or (folder / MARK).exists()
    try:
        yield
    finally:
        if ours and folder.exists():
            (folder / MARK).touch()


def tell_used(repository: str) -> None:
    """Keep an adapter that came here a while longer; nothing happens with any other repository."""
    mark = _folder(repository) / MARK
    if mark.exists():
        with suppress(FileNotFoundError):  # dropped in between: it is fetched again
            mark.touch()


def drop_unused(limit_bytes: float, offered: Collection[str] = ()) -> None:
    """Drop the adapters that were not used for longest, until the others fit; those of `offered` stay.

    Nothing is dropped offline, where nothing can be fetched again.
    """
    if is_offline():
        return
    cache, kept = _cache(), set(map(_folder, offered))
    for half_dropped in cache.glob(f"{_DROPPED}*"):
        shutil.rmtree(half_dropped, ignore_errors=True)
    used_s = {mark.parent: past(mark.stat().st_mtime) for mark in cache.glob(f"models--*/{MARK}")}
    sizes = {folder: _size_bytes(folder) for folder in used_s}
    surplus = sum(sizes.values()) - limit_bytes
    for folder in sorted(used_s.keys() - kept, key=used_s.__getitem__):
        if surplus <= 0 or time.time() - used_s[folder] < REST_S:
            return
        _drop(folder)
        surplus -= sizes[folder]


def _drop(folder: Path) -> None:
    """At once for whoever looks: a folder that is half there would be taken for whole."""
    dropped = folder.with_name(f"{_DROPPED}{folder.name}")
    with suppress(OSError):
        folder.rename(dropped)
    shutil.rmtree(dropped, ignore_errors=True)


def _size_bytes(folder: Path) -> int:
    """Of the files themselves: snapshots are links to them."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


def _folder(repository: str) -> Path:
    from huggingface_hub.file_download import repo_folder_name

    return _cache() / repo_folder_name(repo_id=repository, repo_type="model")


def _cache() -> Path:
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE)
