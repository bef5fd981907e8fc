"""Adapters from the Hugging Face Hub: the header first, all of the file only when that can be used.

Everything is asked of one commit. What was fetched stays in the Hub's cache, where a commit is found again
without asking anybody, until `hub_cache` drops it.
"""

from __future__ import annotations

import glob
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from generation.adapters.file import AdapterHeader, HeaderCheck, build_adapter_header, read_adapter_header
from generation.adapters.header import LENGTH_BYTES, header_length
from generation.adapters.hub_cache import fetching, tell_used
from generation.adapters.hub_commits import commit_of
from generation.adapters.hub_faults import asking, nothing_cached
from generation.adapters.local import PICKLE_SUFFIXES, choose_file, pickle_refused
from generation.adapters.names import HubName, check_printable, parse_hub_name
from generation.errors import AdapterRejected
from generation.hub.refusals import is_offline
from generation.hub.token_for import token_for

# Of what strangers publish; a file of this machine may be as large as its memory.
LARGEST_BYTES = 300_000_000
LARGEST_RANK = 128

FIRST_BYTES = 64 * 1024  # most headers are in these
TIMEOUT_S = 10.0
SLOWEST_BYTES_PER_S = 50_000


def fetch_adapter(name: HubName, check: HeaderCheck | None = None) -> Path:
    """The adapter's file in the Hub's cache, fetched where it is not there; offline only what is there.

    Its folder there is named after the commit.

    Raises:
        AdapterRejected: the Hub does not give it, or it cannot be used; then only its header was fetched.
    """
    found = _find(name)
    if found.path is None:
        return _fetch(name, found, check)
    tell_used(name.repository)
    _check(read_adapter_header(found.path), check)
    return found.path


def look_at(name: HubName) -> tuple[str, AdapterHeader]:
    """The commit that a name means, and its adapter's header: no weight is fetched.

    The header's path is the file's in the Hub's cache where it is there, else its name on the Hub.

    Raises:
        AdapterRejected: the Hub does not give it, or it is no adapter that would be fetched.
    """
    found = _find(name)
    header = read_adapter_header(found.path) if found.path else _fetch_header(name, found)
    _check(header, None)
    return found.commit, header


@dataclass(frozen=True)
class _Found:
    """The file that a name means; `path` where it is in the Hub's cache."""

    commit: str
    file: str
    size_bytes: int
    path: Path | None


def _find(name: HubName) -> _Found:
    commit = commit_of(name)
    sizes = _list_files(name, commit)
    file = _choose(name, list(sizes))
    path = _cached(name, commit, file)
    if path is None and is_offline():
        raise nothing_cached(name)
    return _Found(commit, file, sizes[file], path)


def _fetch(name: HubName, found: _Found, check: HeaderCheck | None) -> Path:
    from huggingface_hub import snapshot_download

    commit, file = found.commit, found.file
    header = _fetch_header(name, found)
    _check(header, check)
    with fetching(name.repository), asking(name):
        # Not `hf_hub_download`: this one also keeps which other files there are, so that later, offline too,
        # the same one is chosen.
        folder = snapshot_download(
            name.repository,
            revision=commit,
            allow_patterns=glob.escape(file),
            token=token_for(name.repository),
        )
    path = Path(folder) / file
    if read_adapter_header(path).content != header.content:
        raise AdapterRejected(f"{file} of {name.repository} was another one when it was fetched: try again.")
    return path


def _list_files(name: HubName, commit: str) -> Mapping[str, int]:
    """The size in bytes of each file in the repository's outermost folder."""
    from huggingface_hub import HfApi, get_cached_repo_tree
    from huggingface_hub.errors import CachedRepoTreeNotFoundError
    from huggingface_hub.hf_api import RepoFile

    try:
        tree = get_cached_repo_tree(name.repository, revision=commit)
    except CachedRepoTreeNotFoundError:
        if is_offline():
            raise nothing_cached(name) from None
        with asking(name):
            tree = [
                each
                for each in HfApi(token=token_for(name.repository)).list_repo_tree(
                    name.repository, revision=commit
                )
                if isinstance(each, RepoFile)
            ]
    return {each.path: each.size for each in tree if "/" not in each.path}


def _cached(name: HubName, commit: str, file: str) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(name.repository, file, revision=commit)
    return Path(found) if isinstance(found, str) else None


def _choose(name: HubName, files: list[str]) -> str:
    file = choose_file(files, name.repository)
    if file is None:
        pickles = [each for each in sorted(files) if each.lower().endswith(PICKLE_SUFFIXES)]
        if pickles:
            raise pickle_refused(f"{pickles[0]} of {name.repository}")
        raise AdapterRejected(
            f"{name.repository} holds no safetensors file: look at {name.page}, whether it is an adapter."
        )
    check_printable(file)
    return file


def _fetch_header(name: HubName, found: _Found) -> AdapterHeader:
    commit, file, size_bytes = found.commit, found.file, found.size_bytes
    if size_bytes > LARGEST_BYTES:
        raise AdapterRejected(
            f"{file} of {name.repository} has {size_bytes / 1e6:,.0f} MB, and {LARGEST_BYTES / 1e6:,.0f} MB "
            "are the most that is fetched: use an adapter of a lower rank."
        )
    first = _fetch_part(name, commit, file, 0, min(size_bytes, FIRST_BYTES)) if size_bytes else b""
    stop = LENGTH_BYTES + header_length(first, size_bytes, file)
    if stop > len(first):
        first += _fetch_part(name, commit, file, len(first), stop)
    return build_adapter_header(Path(file), first[LENGTH_BYTES:stop], size_bytes)


def _fetch_part(name: HubName, commit: str, file: str, start: int, stop: int) -> bytes:
    """The bytes from `start` to just before `stop`, and never more, whatever the server sends."""
    from huggingface_hub import hf_hub_url
    from huggingface_hub.utils import build_hf_headers, get_session, hf_raise_for_status

    span = {"Range": f"bytes={start}-{stop - 1}", "Accept-Encoding": "identity"}
    url = hf_hub_url(name.repository, file, revision=commit)
    deadline = time.monotonic() + TIMEOUT_S + (stop - start) / SLOWEST_BYTES_PER_S
    data = bytearray()
    with (
        asking(name),
        get_session().stream(
            "GET",
            url,
            headers={**build_hf_headers(token=token_for(name.repository)), **span},
            timeout=TIMEOUT_S,
            follow_redirects=True,
        ) as response,
    ):
        hf_raise_for_status(response)
        if response.status_code != 206:
            raise ConnectionError("it does not send parts of files")
        for piece in response.iter_bytes():
            data += piece
            if len(data) > stop - start or time.monotonic() > deadline:
                break
        if len(data) != stop - start:
            raise ConnectionError("it sent another part than was asked for, or too slowly")
    return bytes(data)


def _check(header: AdapterHeader, check: HeaderCheck | None) -> None:
    module, rank = max(header.ranks().items(), key=lambda item: item[1])
    if rank > LARGEST_RANK:
        raise AdapterRejected(
            f"{header.path.name} has rank {rank:,} at {module}, and {LARGEST_RANK} is the most that is "
            "fetched: use an adapter of a lower rank."
        )
    if check:
        check(header)


def card_bases(name: HubName) -> tuple[str, ...]:
    """Which models the card of a commit names as its base; none offline, or where there is no card.

    Only advice: a card can say anything.

    Raises:
        AdapterRejected: the Hub cannot be asked.
    """
    from huggingface_hub import HfApi

    if is_offline():
        return ()
    with asking(name):
        hub = HfApi(token=token_for(name.repository))
        card = hub.model_info(name.repository, revision=name.revision, timeout=TIMEOUT_S).card_data
    bases = card.to_dict().get("base_model") if card else None
    found = bases if isinstance(bases, list) else [bases]
    return tuple(each for each in found if isinstance(each, str) and parse_hub_name(each))
