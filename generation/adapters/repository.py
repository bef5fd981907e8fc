"""An adapter's header and what lies beside it: its card, its training curve, its evaluation; no weight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generation.adapters.file import AdapterHeader, adapter_revision, find_adapter, read_adapter_header
from generation.adapters.hub import look_at
from generation.adapters.hub_cache import fetching, tell_used
from generation.adapters.hub_faults import asking
from generation.adapters.local import check_link
from generation.adapters.names import HubName
from generation.evaluation.report import REPORT_NAME
from generation.hub.refusals import is_offline
from generation.hub.token_for import token_for

CARD, CURVE, REPORT = "README.md", "metrics.jsonl", f"evaluation/{REPORT_NAME}"
BESIDE = (CARD, CURVE, REPORT)
LARGEST_BYTES = 2_000_000  # of each of them; those of a long run have some hundred thousand


@dataclass(frozen=True)
class AdapterRepository:
    """An adapter by the name and the revision that a recipe records; `sha256` is its file's, where known.

    `beside` holds the files of BESIDE that are there, on this machine; `left_out` a sentence for each that is
    there and cannot be had. `hub` names the commit of one on the Hub.
    """

    name: str
    revision: str
    header: AdapterHeader
    sha256: str | None
    beside: Mapping[str, Path]
    left_out: Mapping[str, str]
    hub: HubName | None = None

    @property
    def page(self) -> str | None:
        """Where people look at this very commit."""
        return f"{self.hub.page}/tree/{self.hub.revision}" if self.hub else None

    @property
    def files_page(self) -> str | None:
        """What a path within the repository is put behind, to look at the file."""
        return f"{self.hub.page}/blob/{self.hub.revision}/" if self.hub else None

    @property
    def download(self) -> str | None:
        """Where the Hub gives the adapter's file."""
        if self.hub is None:
            return None
        return f"{self.hub.page}/resolve/{self.hub.revision}/{self.header.path.name}?download=true"


def read_local_repository(adapter: str) -> AdapterRepository:
    """Of the built-in adapter, or of a safetensors file or its folder on this machine.

    Raises:
        AdapterRejected: nothing is there, or nothing that can be used.
    """
    found = find_adapter(adapter)
    folder = found.path.parent
    there = {name: folder / name for name in BESIDE if (folder / name).is_file()}
    for path in there.values():
        check_link(path, folder)
    left_out = _too_large({name: path.stat().st_size for name, path in there.items()})
    beside = {name: path for name, path in there.items() if name not in left_out}
    header = read_adapter_header(found.path)
    return AdapterRepository(
        found.name, found.revision, header, adapter_revision(found.path), beside, left_out
    )


def read_hub_repository(name: HubName) -> AdapterRepository:
    """Of a repository on the Hub, all of one commit; what was fetched before is found in the cache.

    Raises:
        AdapterRejected: the Hub does not give it, or it is no adapter that can be used.
    """
    commit, header = look_at(name)
    tell_used(name.repository)
    at = HubName(name.repository, commit)
    listed = {} if is_offline() else _list(at, [header.path.name, *BESIDE])
    left_out = _too_large({path: listed[path].size for path in BESIDE if path in listed})
    got = {path: _get(at, path, path in listed) for path in BESIDE if path not in left_out}
    beside = {path: place for path, place in got.items() if place}
    # Of a file that is not here the path is its name alone.
    here = adapter_revision(header.path) if header.path.is_absolute() else None
    sha256 = here or _sha256(listed.get(header.path.name))
    return AdapterRepository(name.repository, commit, header, sha256, beside, left_out, at)


def _too_large(sizes: Mapping[str, int]) -> dict[str, str]:
    return {
        name: f"{name} has {size / 1e6:,.1f} MB, and {LARGEST_BYTES / 1e6:,.0f} MB are the most that is read."
        for name, size in sizes.items()
        if size > LARGEST_BYTES
    }


def _list(at: HubName, paths: list[str]) -> dict[str, Any]:
    """Those of the paths that are in the commit, with what the Hub says of them."""
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import RepoFile

    with asking(at):
        found = HfApi(token=token_for(at.repository)).get_paths_info(
            at.repository, paths, revision=at.revision
        )
    return {each.path: each for each in found if isinstance(each, RepoFile)}


def _get(at: HubName, path: str, listed: bool) -> Path | None:
    """One file, from the cache or from the Hub where it is listed there."""
    from huggingface_hub import hf_hub_download, try_to_load_from_cache

    found = try_to_load_from_cache(at.repository, path, revision=at.revision)
    if isinstance(found, str):
        return Path(found)
    if not listed:
        return None
    with fetching(at.repository), asking(at):
        token = token_for(at.repository)
        return Path(hf_hub_download(at.repository, path, revision=at.revision, token=token))


def _sha256(listed: Any) -> str | None:
    """What the Hub knows of a large file."""
    return listed.lfs.sha256 if listed is not None and listed.lfs is not None else None
