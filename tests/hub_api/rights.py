"""Who may see and change what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.hub_api.answers import Refusal, refuse
from tests.hub_api.repositories import Commit, Repository

if TYPE_CHECKING:
    from tests.hub_api.server import Account, HubApi, Request

PULL_REQUESTS = "refs/pr/"


def account_of(request: Request) -> Account:
    if request.account is None:
        raise Refusal(refuse(401, message="Invalid credentials in Authorization header"))
    return request.account


def check_writer(request: Request, owner: str, proposing: bool = False) -> None:
    """Whoever may write to anything may propose a change of anything."""
    account = account_of(request)
    if account.role == "read" or not (proposing or owner in (account.name, *account.organisations)):
        raise Refusal(refuse(403, message=f"You don't have the rights to write to {owner}"))


def check_committer(request: Request, name: str, revision: str) -> None:
    proposing = "create_pr" in request.query or revision.startswith(PULL_REQUESTS)
    check_writer(request, owner_of(name), proposing)


def owner_of(name: str) -> str:
    return name.split("/")[-2]


def repository_of(hub: HubApi, request: Request, name: str) -> Repository:
    """The repository, where the account may see it."""
    found = hub.repositories.get(name)
    if found is None or (found.private and request.account is None):
        raise Refusal(refuse(404 if request.account else 401, "RepoNotFound"))
    return found


def commit_of(repository: Repository, revision: str) -> Commit:
    found = repository.at(revision)
    if found is None:
        raise Refusal(refuse(404, "RevisionNotFound"))
    return found
