"""Which request is answered by what."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import yaml

from tests.hub_api.answers import Answer, refuse, say
from tests.hub_api.jobs import HARDWARE, Bucket, Job
from tests.hub_api.repositories import Repository, apply_operations, blob_id, is_large
from tests.hub_api.rights import (
    PULL_REQUESTS,
    account_of,
    check_committer,
    check_writer,
    commit_of,
    repository_of,
)
from tests.hub_api.space_routes import NAME, SPACE_ROUTES
from tests.hub_api.spaces import Space

if TYPE_CHECKING:
    from tests.hub_api.server import HubApi, Request

REPO = "((?:spaces/)?[^/]+/[^/]+)"  # a Space's name begins with its kind, as in its address
API = f"/api/(?:models/|(?=spaces/)){REPO}"


def whoami(hub: HubApi, request: Request) -> Answer:
    account = account_of(request)
    organisations = [{"name": each} for each in account.organisations]
    token = {"displayName": "test", "role": account.role}
    return say({"type": "user", "name": account.name, "orgs": organisations, "auth": {"accessToken": token}})


def create_repository(hub: HubApi, request: Request) -> Answer:
    asked = json.loads(request.body)
    owner = asked.get("organization") or account_of(request).name
    check_writer(request, owner)
    name = f"{owner}/{asked['name']}"
    if asked.get("type") == "space":
        hub.spaces[name] = Space(name, asked["sdk"], hub.host)
        name = f"spaces/{name}"
    url = {"url": f"{request.endpoint}/{name}"}
    if name in hub.repositories:
        return say({**url, "error": "You already created this repo"}, 409)
    hub.repositories[name] = Repository(name, private=asked.get("visibility") == "private")
    return say(url)


def validate_card(hub: HubApi, request: Request) -> Answer:
    content = json.loads(request.body)["content"]
    try:
        front = yaml.safe_load(content.split("---")[1])
    except (yaml.YAMLError, IndexError) as error:
        return say({"errors": [{"message": str(error)}], "warnings": []}, 400)
    empty = [] if front else [{"message": "empty or missing yaml metadata in repo card"}]
    return say({"errors": [], "warnings": empty})


def model_info(hub: HubApi, request: Request, name: str, revision: str = "main") -> Answer:
    repository = repository_of(hub, request, name)
    commit = commit_of(repository, revision)
    siblings = [{"rfilename": path} for path in commit.files]
    told = {"private": repository.private, "tags": [], "downloads": 0, "likes": 0}
    told["cardData"] = _card(commit.files.get("README.md", b"").decode())
    return say({"_id": name, "id": name, "modelId": name, "sha": commit.sha, "siblings": siblings, **told})


def check_access(hub: HubApi, request: Request, kind: str, name: str) -> Answer:
    """Models and datasets are one kind here."""
    if repository_of(hub, request, name).gated:
        return refuse(403, "GatedRepo", f"Access to {kind[:-1]} {name} is restricted")
    return say({})


def _card(text: str) -> Any:
    """What stands in front of a card's words; nothing where that cannot be read."""
    try:
        return yaml.safe_load(text.split("---")[1])
    except (yaml.YAMLError, IndexError):
        return None


def list_tree(hub: HubApi, request: Request, name: str, revision: str) -> Answer:
    commit = commit_of(repository_of(hub, request, name), revision)
    return say([_entry(path, content) for path, content in commit.files.items()])


def paths_info(hub: HubApi, request: Request, name: str, revision: str) -> Answer:
    commit = commit_of(repository_of(hub, request, name), revision)
    wanted = parse_qs(request.body.decode())["paths"]
    return say([_entry(path, commit.files[path]) for path in wanted if path in commit.files])


def _entry(path: str, content: bytes) -> dict[str, Any]:
    entry = {"type": "file", "path": path, "size": len(content), "oid": blob_id(path, content)}
    if is_large(path, content[:512]):
        entry["lfs"] = {"oid": entry["oid"], "size": len(content), "pointerSize": 130}
    return entry


def preupload(hub: HubApi, request: Request, name: str, revision: str) -> Answer:
    """Which files are large, and what is there already."""
    check_committer(request, name, revision)
    commit = commit_of(repository_of(hub, request, name), revision)
    files = []
    for each in json.loads(request.body)["files"]:
        path, sample = each["path"], base64.b64decode(each["sample"])
        there = blob_id(path, commit.files[path]) if path in commit.files else None
        mode = "lfs" if is_large(path, sample) else "regular"
        files.append({"path": path, "uploadMode": mode, "shouldIgnore": False, "oid": there})
    return say({"files": files})


def lfs_batch(hub: HubApi, request: Request, name: str) -> Answer:
    """Where to send each large file; nowhere, where it is there."""
    asked = json.loads(request.body)
    # The client names no branch when it opens a pull request.
    branch = asked.get("ref", {"name": PULL_REQUESTS})["name"]
    check_committer(request, name, branch)
    objects = []
    for each in asked["objects"]:
        links = {
            "upload": {"href": f"{request.endpoint}/store/{each['oid']}"},
            "verify": {"href": f"{request.endpoint}/verify/{each['oid']}"},
        }
        objects.append(each if each["oid"] in hub.large_files else {**each, "actions": links})
    return say({"transfer": "basic", "objects": objects})


def store_large(hub: HubApi, request: Request, oid: str) -> Answer:
    if hashlib.sha256(request.body).hexdigest() != oid:
        return refuse(400, message="another content")
    hub.large_files[oid] = request.body
    return Answer(200)


def verify_large(hub: HubApi, request: Request, oid: str) -> Answer:
    size = json.loads(request.body)["size"]
    return Answer(200) if len(hub.large_files.get(oid, b"")) == size else refuse(404)


def commit(hub: HubApi, request: Request, name: str, revision: str) -> Answer:
    check_committer(request, name, revision)
    repository = repository_of(hub, request, name)
    base = commit_of(repository, revision)
    header, *lines = [json.loads(line) for line in request.body.splitlines()]
    title = header["value"]["summary"]
    if header["value"].get("parentCommit", base.sha) != base.sha:
        return refuse(412, message="A commit has happened since")
    try:
        files = apply_operations(base.files, lines, hub.large_files)
    except KeyError as missing:
        return refuse(400, message=f"{missing} was never uploaded")
    links, ref = {}, revision
    if request.query.get("create_pr"):
        ref = repository.open_pull_request(title, account_of(request).name, revision)
        links = {"pullRequestUrl": f"{request.endpoint}/{name}/discussions/{ref.split('/')[-1]}"}
    made = repository.commit(ref, title, files)
    if name.startswith("spaces/") and ref == "main":
        hub.spaces[name.removeprefix("spaces/")].restart(made.sha)
    return say({"commitUrl": f"{request.endpoint}/{name}/commit/{made.sha}", "commitOid": made.sha, **links})


def list_refs(hub: HubApi, request: Request, name: str) -> Answer:
    repository = repository_of(hub, request, name)

    def told(kind: str) -> list[dict[str, str]]:
        prefix = "tags/" if kind == "tags" else ""
        names = [ref for ref in repository.refs if ref.startswith("tags/") == (kind == "tags")]
        return [
            {
                "name": ref.removeprefix(prefix),
                "ref": f"refs/{kind}/{ref.removeprefix(prefix)}",
                "targetCommit": repository.refs[ref],
            }
            for ref in names
        ]

    return say({"branches": told("heads"), "tags": told("tags"), "converts": []})


def create_tag(hub: HubApi, request: Request, name: str, revision: str) -> Answer:
    check_committer(request, name, revision)
    repository, tag = repository_of(hub, request, name), f"tags/{json.loads(request.body)['tag']}"
    if tag in repository.refs:
        return refuse(409, message="Tag reference exists already")
    repository.refs[tag] = commit_of(repository, revision).sha
    return say({})


def list_discussions(hub: HubApi, request: Request, name: str) -> Answer:
    found = repository_of(hub, request, name).discussions
    if status := request.query.get("status"):
        found = [each for each in found if each["status"] in status]
    if author := request.query.get("author"):
        found = [each for each in found if each["author"]["name"] in author]
    return say({"discussions": found, "count": len(found), "start": 0})


def resolve(hub: HubApi, request: Request, name: str, revision: str, path: str) -> Answer:
    repository = repository_of(hub, request, name)
    commit = commit_of(repository, revision)
    if path not in commit.files:
        return Answer(404, b"", {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": commit.sha})
    content = commit.files[path]
    headers = {"ETag": f'"{blob_id(path, content)}"', "X-Repo-Commit": commit.sha}
    span = re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers.get("Range", ""))
    if span:
        start, last = map(int, span.groups())
        headers["Content-Range"] = f"bytes {start}-{last}/{len(content)}"
        content = content[start : last + 1]
    hub.sent_bytes += len(content) if request.method == "GET" else 0
    return Answer(206 if span else 200, content, headers)


def hardware(hub: HubApi, request: Request) -> Answer:
    return say(HARDWARE)


def start_job(hub: HubApi, request: Request, owner: str) -> Answer:
    check_writer(request, owner)
    spec = json.loads(request.body)
    hub.jobs.append(Job(f"job-{len(hub.jobs) + 1}", owner, spec))
    return say(hub.jobs[-1].info)


def list_jobs(hub: HubApi, request: Request, owner: str) -> Answer:
    account_of(request)
    labels = dict(each.split("=", 1) for each in request.query.get("label", []))
    stages = request.query.get("stage", [])
    found = [job for job in hub.jobs if job.owner == owner and (not stages or job.stage in stages)]
    return say([job.info for job in found if labels.items() <= job.spec.get("labels", {}).items()])


def create_bucket(hub: HubApi, request: Request, name: str) -> Answer:
    check_writer(request, name.split("/")[0])
    url = {"url": f"{request.endpoint}/buckets/{name}"}
    if name in hub.buckets:
        return say(url, 409)
    hub.buckets[name] = Bucket(name, json.loads(request.body).get("visibility") == "private")
    return say(url)


def bucket_info(hub: HubApi, request: Request, name: str) -> Answer:
    account_of(request)
    return say(hub.buckets[name].info) if name in hub.buckets else refuse(404, "RepoNotFound")


ROUTES: tuple[tuple[str, str, Callable[..., Answer]], ...] = (
    ("GET", "/api/whoami-v2", whoami),
    ("POST", "/api/repos/create", create_repository),
    ("POST", "/api/validate-yaml", validate_card),
    *SPACE_ROUTES,
    ("GET", f"/api/models/{NAME}", model_info),
    ("GET", f"/api/(models|datasets)/{NAME}/auth-check", check_access),
    ("GET", f"/api/models/{NAME}/revision/([^/]+)", model_info),
    ("GET", f"{API}/tree/([^/]+)", list_tree),
    ("POST", f"{API}/paths-info/([^/]+)", paths_info),
    ("POST", f"{API}/preupload/([^/]+)", preupload),
    ("POST", f"{API}/commit/([^/]+)", commit),
    ("GET", f"{API}/refs", list_refs),
    ("POST", f"{API}/tag/([^/]+)", create_tag),
    ("GET", f"/api/models/{NAME}/discussions", list_discussions),
    ("POST", rf"/{REPO}\.git/info/lfs/objects/batch", lfs_batch),
    ("PUT", "/store/([0-9a-f]+)", store_large),
    ("POST", "/verify/([0-9a-f]+)", verify_large),
    ("GET|HEAD", f"/{REPO}/resolve/([^/]+)/(.+)", resolve),
    ("GET", "/api/jobs/hardware", hardware),
    ("POST", "/api/jobs/([^/]+)", start_job),
    ("GET", "/api/jobs/([^/]+)", list_jobs),
    ("POST", f"/api/buckets/{NAME}", create_bucket),
    ("GET", f"/api/buckets/{NAME}", bucket_info),
)
