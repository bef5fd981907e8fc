"""Sends files to a repository on the Hub, as one commit or one pull request, and only what is not there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from training.hub import HubRefused, asking_hub, fetch_account
from training.publishing.files import REPLACED_FOLDERS

if TYPE_CHECKING:
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, Discussion, HfApi

MAIN = "main"


@dataclass(frozen=True)
class Target:
    """Where to: `private` for a repository that only its owner sees."""

    repo: str
    private: bool = False
    pull_request: bool = False


@dataclass(frozen=True)
class Pushed:
    """What came of it: the address to look at; not `changed` where everything was there already."""

    url: str
    changed: bool


def push(hub: HfApi, files: Mapping[str, Path | bytes], target: Target, title: str) -> Pushed:
    """Make the repository if it is not there, and bring it to hold the files.

    Large files are sent first, each once; then one commit makes all of them appear together.

    Raises:
        HubRefused: no token, no right, no network, or the Hub's own trouble. What has arrived stays, so that
            the next try sends only the rest.
    """
    account = fetch_account(hub)
    with asking_hub(target.repo, sending=True):
        hub.create_repo(target.repo, private=target.private or None, exist_ok=True)
        _check_private(hub, target)
        proposal = _open_pull_request(hub, target, account, title)
        revision = proposal.git_reference if proposal else MAIN
        before = hub.repo_info(target.repo, revision=revision).sha
        commit = hub.create_commit(
            target.repo,
            [*_additions(files), *_deletions(hub.list_repo_files(target.repo, revision=revision), files)],
            commit_message=title,
            revision=revision,
            create_pr=target.pull_request and proposal is None,
            parent_commit=before,
        )
    place = proposal.url if proposal else commit.pr_url or commit.commit_url
    return Pushed(place, changed=commit.oid != before)


def _check_private(hub: HfApi, target: Target) -> None:
    if target.private and not hub.repo_info(target.repo).private:
        raise HubRefused(
            f"{target.repo} is there already, and everybody can see it: make it private in its settings, or "
            "name another."
        )


def _open_pull_request(hub: HfApi, target: Target, account: str, title: str) -> Discussion | None:
    """The pull request that an earlier try opened."""
    if not target.pull_request:
        return None
    discussions = hub.get_repo_discussions(
        target.repo, author=account, discussion_type="pull_request", discussion_status="open"
    )
    return next((each for each in discussions if each.title == title), None)


def _additions(files: Mapping[str, Path | bytes]) -> Iterable[CommitOperationAdd]:
    from huggingface_hub import CommitOperationAdd

    return [
        CommitOperationAdd(path, content if isinstance(content, bytes) else str(content))
        for path, content in files.items()
    ]


def _deletions(there: Iterable[str], files: Mapping[str, object]) -> Iterable[CommitOperationDelete]:
    from huggingface_hub import CommitOperationDelete

    stale = [path for path in there if path.startswith(REPLACED_FOLDERS) and path not in files]
    return [CommitOperationDelete(path) for path in stale]
