"""Brings a Space to hold exactly some files, by one commit: those given, or those of another revision."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from studio.deploy.errors import DeployRefused
from studio.deploy.hub import SPACE, asking_hub
from studio.deploy.space import OF_THE_HUB

if TYPE_CHECKING:
    from huggingface_hub import HfApi

MAIN = "main"


@dataclass(frozen=True)
class Sent:
    """The Space's commit that holds the files; not `changed` where it held them already."""

    commit: str
    changed: bool


@dataclass(frozen=True)
class Revision:
    """One state of a Space, by its commit."""

    space: str
    commit: str


def send_files(
    hub: HfApi, name: str, files: Mapping[str, bytes | Path], keep: Callable[[str], bool], title: str
) -> Sent:
    """Bring a Space to hold the files, and of those that it has already what is to be kept.

    Raises:
        DeployRefused: the Hub does not take them; what has arrived of the large ones stays.
    """
    with asking_hub(name, sending=True):
        head = hub.space_info(name).sha or MAIN
        there = _tree(hub, Revision(name, head))
        gone = {path for path in there if path not in files and not keep(path)}
        return _commit(hub, Revision(name, head), files, gone, title)


def copy_revision(hub: HfApi, source: Revision, name: str, title: str) -> Sent:
    """Bring a Space to hold exactly what a revision of it, or of another, holds.

    Raises:
        DeployRefused: the Hub does not give or take it, or what came out is not the same.
    """
    with asking_hub(name, sending=True), tempfile.TemporaryDirectory() as folder:
        head = hub.space_info(name).sha or MAIN
        wanted, there = _tree(hub, source), _tree(hub, Revision(name, head))
        changed = [path for path, blob in wanted.items() if there.get(path) != blob]
        files = _fetch(hub, source, changed, Path(folder))
        sent = _commit(hub, Revision(name, head), files, set(there) - set(wanted), title)
        if _tree(hub, Revision(name, sent.commit)) != wanted:
            raise DeployRefused(
                f"{name} does not hold what {source.space} holds at {source.commit[:12]}: run the same "
                "command again."
            )
    return sent


def _tree(hub: HfApi, revision: Revision) -> dict[str, str]:
    """What identifies the content of each file, by path."""
    from huggingface_hub.hf_api import RepoFile

    entries = hub.list_repo_tree(
        revision.space, revision=revision.commit, repo_type=SPACE, recursive=True, expand=False
    )
    files = [entry for entry in entries if isinstance(entry, RepoFile)]
    return {
        file.path: file.lfs.sha256 if file.lfs else file.blob_id
        for file in files
        if file.path not in OF_THE_HUB
    }


def _fetch(hub: HfApi, source: Revision, paths: list[str], folder: Path) -> Mapping[str, Path]:
    if not paths:  # no pattern would stand for every file
        return {}
    hub.snapshot_download(
        source.space, revision=source.commit, repo_type=SPACE, allow_patterns=paths, local_dir=folder
    )
    return {path: folder / path for path in paths}


def _commit(
    hub: HfApi, head: Revision, files: Mapping[str, bytes | Path], gone: set[str], title: str
) -> Sent:
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    if not files and not gone:
        return Sent(head.commit, changed=False)
    added = [
        CommitOperationAdd(path, content if isinstance(content, bytes) else str(content))
        for path, content in files.items()
    ]
    removed = [CommitOperationDelete(path) for path in sorted(gone)]
    made = hub.create_commit(
        head.space,
        [*added, *removed],
        commit_message=title,
        repo_type=SPACE,
        parent_commit=head.commit,
    )
    return Sent(made.oid, changed=made.oid != head.commit)
