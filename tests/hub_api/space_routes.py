"""Which requests about Spaces are answered by what, beside those about their files."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.hub_api.answers import Answer, refuse, say
from tests.hub_api.rights import account_of, check_writer, commit_of, owner_of, repository_of
from tests.hub_api.spaces import Space

if TYPE_CHECKING:
    from tests.hub_api.server import HubApi, Request

NAME = "([^/]+/[^/]+)"


def space_of(hub: HubApi, request: Request, name: str, writing: bool = True) -> Space:
    repository_of(hub, request, f"spaces/{name}")
    if writing:
        check_writer(request, owner_of(name))
    return hub.spaces[name]


def space_info(hub: HubApi, request: Request, name: str, revision: str = "main") -> Answer:
    repository, space = repository_of(hub, request, f"spaces/{name}"), space_of(hub, request, name, False)
    commit = commit_of(repository, revision)
    siblings = [{"rfilename": path} for path in commit.files]
    told = {"id": name, "private": repository.private, "sha": commit.sha, "siblings": siblings, "tags": []}
    return say({**told, "sdk": space.sdk, "host": space.host, "runtime": space.now, "likes": 0})


def space_runtime(hub: HubApi, request: Request, name: str) -> Answer:
    return say(space_of(hub, request, name, False).next())


def space_values(hub: HubApi, request: Request, name: str, kind: str) -> Answer:
    """Variables and secrets; of secrets only their names are ever told."""
    space = space_of(hub, request, name)
    values = space.variables if kind == "variables" else space.secrets
    if request.method == "POST":
        asked = json.loads(request.body)
        values[asked["key"]] = asked["value"]
        space.restart(space.commit)
    shown = {key: {"value": value} if kind == "variables" else {} for key, value in values.items()}
    return say(shown)


def space_hardware(hub: HubApi, request: Request, name: str) -> Answer:
    space, flavor = space_of(hub, request, name), json.loads(request.body)["flavor"]
    if flavor.startswith("zero") and not account_of(request).zerogpu:
        return refuse(403, message="Subscribe to PRO to use ZeroGPU")
    space.hardware = flavor
    return say(space.now)


def space_log(hub: HubApi, request: Request, name: str, kind: str) -> Answer:
    lines = space_of(hub, request, name).logs[kind]
    events = [{"data": line, "timestamp": "2026-01-01T00:00:00.000Z"} for line in lines]
    body = "".join(f"data: {json.dumps(event)}\n\n" for event in events)
    return Answer(200, body.encode(), {"Content-Type": "text/event-stream"})


SPACE_ROUTES: tuple[tuple[str, str, Callable[..., Answer]], ...] = (
    ("GET", f"/api/spaces/{NAME}", space_info),
    ("GET", f"/api/spaces/{NAME}/revision/([^/]+)", space_info),
    ("GET", f"/api/spaces/{NAME}/runtime", space_runtime),
    ("GET|POST", f"/api/spaces/{NAME}/(variables|secrets)", space_values),
    ("POST", f"/api/spaces/{NAME}/hardware", space_hardware),
    ("GET", f"/api/spaces/{NAME}/logs/(build|run)", space_log),
)
