"""What was deployed to a Space, in order, as tags: sent, then checked by a picture, or taken back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.deploy.hub import SPACE, asking_hub

if TYPE_CHECKING:
    from huggingface_hub import HfApi

DEPLOYED, CHECKED, WITHDRAWN = "deployed", "checked", "withdrawn"
_TAG = re.compile(rf"({DEPLOYED}|{CHECKED}|{WITHDRAWN})-(\d+)")


@dataclass(frozen=True)
class Deployment:
    """One deployment: its number, the Space's commit, and what became of it."""

    number: int
    commit: str
    states: frozenset[str] = frozenset({DEPLOYED})

    @property
    def checked(self) -> bool:
        return CHECKED in self.states

    @property
    def withdrawn(self) -> bool:
        return WITHDRAWN in self.states

    def tag(self, state: str = DEPLOYED) -> str:
        return f"{state}-{self.number:04}"


def list_deployments(hub: HfApi, name: str) -> list[Deployment]:
    """All of a Space, the oldest first."""
    with asking_hub(name):
        tags = hub.list_repo_refs(name, repo_type=SPACE).tags
    matches = [(match, tag.target_commit) for tag in tags if (match := _TAG.fullmatch(tag.name))]
    states: dict[int, set[str]] = {}
    for match, _ in matches:
        states.setdefault(int(match[2]), set()).add(match[1])
    commits = {int(match[2]): commit for match, commit in matches}
    return [Deployment(number, commits[number], frozenset(states[number])) for number in sorted(commits)]


def mark_deployed(hub: HfApi, name: str, commit: str, message: str) -> Deployment:
    """Remember a commit of the Space as its newest deployment, unless it is that already."""
    there = list_deployments(hub, name)
    if there and there[-1].commit == commit and not there[-1].withdrawn:
        return there[-1]
    made = Deployment(there[-1].number + 1 if there else 1, commit)
    mark(hub, name, made, DEPLOYED, message)
    return made


def mark(hub: HfApi, name: str, deployment: Deployment, state: str, message: str | None = None) -> None:
    """Remember what became of a deployment."""
    with asking_hub(name):
        hub.create_tag(
            name,
            tag=deployment.tag(state),
            tag_message=message,
            revision=deployment.commit,
            repo_type=SPACE,
            exist_ok=True,
        )
