"""Which Parquet files of a dataset hold which split, from its card or from their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from prompt_engine.errors import FaceSourceError
from prompt_engine.faces.hub_repository import Snapshot

_NUMBERS = {"train": 0, "training": 0, "valid": 1, "validation": 1, "val": 1, "dev": 1, "test": 2}
_WORD = re.compile(r"(?:^|[/_.-])(" + "|".join(_NUMBERS) + r")(?=[/_.-])")


@dataclass(frozen=True)
class Shard:
    """One Parquet file: its path, its size in bytes, and its split: 0 train, 1 validation, 2 test."""

    path: str
    size: int
    split: int | None


def order_shards(snapshot: Snapshot, repository: str) -> tuple[Shard, ...]:
    """The Parquet files in CelebA's order: train, validation, test, each by name.

    Raises:
        FaceSourceError: there is none, or they belong to several datasets.
    """
    paths = [path for path in snapshot.sizes if path.endswith(".parquet")]
    splits = _from_card(snapshot.configs, paths) or _from_names(paths, repository)
    if not splits:
        raise FaceSourceError(
            f"The dataset {repository} has no Parquet file: name one such as hub:flwrlabs/celeba."
        )
    shards = [Shard(path, snapshot.sizes[path], split) for path, split in splits.items()]
    return tuple(sorted(shards, key=lambda shard: (-1 if shard.split is None else shard.split, shard.path)))


def _from_card(configs: Iterable[Mapping], paths: list[str]) -> dict[str, int | None]:
    """The files of the default or the first configuration."""
    configs = [each for each in configs if each.get("data_files")]
    chosen = next((each for each in configs if each.get("default")), None)
    chosen = chosen or next((each for each in configs if each.get("config_name") == "default"), None)
    chosen = chosen or next(iter(configs), None)
    files = chosen["data_files"] if chosen else None
    if not isinstance(files, list):
        return {}
    found: dict[str, int | None] = {}
    for each in files:
        if isinstance(each, dict):
            patterns = each.get("path")
            split = _NUMBERS.get(str(each.get("split")).lower())
            for pattern in patterns if isinstance(patterns, list) else [patterns]:
                found.update({path: split for path in paths if fnmatchcase(path, str(pattern))})
    return found


def _from_names(paths: list[str], repository: str) -> dict[str, int | None]:
    splits = {path: _split_of(path) for path in paths}
    folders = {_folder_of(path) for path in paths}
    if len(folders) > 1:
        shown = ", ".join(sorted(folders)[:5])
        raise FaceSourceError(
            f"The dataset {repository} has Parquet files of several datasets, in {shown}: "
            "name one that holds CelebA alone."
        )
    return splits


def _folder_of(path: str) -> str:
    """Where the splits of a dataset lie beside each other."""
    found = _WORD.search(path)
    end = found.start() if found else len(path)
    return path[:end] if path[end : end + 1] == "/" else path[:end].rpartition("/")[0]


def _split_of(path: str) -> int | None:
    found = _WORD.findall(path)
    return _NUMBERS[found[-1]] if found else None
