"""Model repositories as the Hub keeps them, in memory: commits, branches, pull requests, large files."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Files = dict[str, bytes]

LARGE_SUFFIXES = (".safetensors", ".png")  # as the .gitattributes of a new repository says of most binaries


def is_large(path: str, sample: bytes) -> bool:
    """Whether a file goes to the store of large files."""
    return path.endswith(LARGE_SUFFIXES) or b"\0" in sample


def blob_id(path: str, content: bytes) -> str:
    """What identifies a file: SHA-256 of a large one, git's SHA-1 of any other."""
    if is_large(path, content[:512]):
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


@dataclass(frozen=True)
class Commit:
    """One state of the repository."""

    sha: str
    parent: str | None
    title: str
    files: Mapping[str, bytes]


@dataclass
class Repository:
    """One repository; `refs` are branches and pull requests by name."""

    name: str
    private: bool = False
    gated: bool = False
    commits: dict[str, Commit] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    discussions: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        attributes = "".join(f"*{suffix} filter=lfs diff=lfs merge=lfs -text\n" for suffix in LARGE_SUFFIXES)
        self.commit("main", "initial commit", {".gitattributes": attributes.encode()})

    def at(self, revision: str) -> Commit | None:
        """The commit of a branch, a pull request, a hash or the beginning of one, as the Hub knows it.

        Source: github.com/huggingface/huggingface_hub/issues/197.
        """
        if revision in self.refs:
            return self.commits[self.refs[revision]]
        found = [commit for sha, commit in self.commits.items() if sha.startswith(revision)]
        return found[0] if len(revision) >= 7 and len(found) == 1 else None

    @property
    def files(self) -> Mapping[str, bytes]:
        return self.commits[self.refs["main"]].files

    def commit(self, ref: str, title: str, files: Mapping[str, bytes]) -> Commit:
        """Put a commit on top of a ref."""
        number, parent = len(self.commits), self.refs.get(ref)
        sha = hashlib.sha1(f"{self.name} {number} {title}".encode()).hexdigest()
        self.commits[sha] = Commit(sha, parent, title, dict(files))
        self.refs[ref] = sha
        return self.commits[sha]

    def open_pull_request(self, title: str, author: str, base: str) -> str:
        """Make a ref that starts at `base`; gives its name."""
        number = len(self.discussions) + 1
        self.discussions.append(
            {
                "num": number,
                "title": title,
                "author": {"name": author},
                "createdAt": "2026-01-01T00:00:00.000Z",
                "status": "open",
                "repo": {"name": self.name, "type": "model"},
                "isPullRequest": True,
            }
        )
        self.refs[f"refs/pr/{number}"] = self.refs[base]
        return f"refs/pr/{number}"


def apply_operations(files: Mapping[str, bytes], lines: Iterable[Mapping[str, Any]], store: Files) -> Files:
    """What a commit's lines make of the files.

    Raises:
        KeyError: a large file was never uploaded.
    """
    result = dict(files)
    for line in lines:
        value = line["value"]
        if line["key"] == "file":
            result[value["path"]] = base64.b64decode(value["content"])
        elif line["key"] == "lfsFile":
            result[value["path"]] = store[value["oid"]]
        elif line["key"] == "deletedFile":
            del result[value["path"]]
    return result
