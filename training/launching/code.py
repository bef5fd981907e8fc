"""Which code a job runs: one commit of this repository, from where everybody can fetch it."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from dataclasses import dataclass

from generation.locations import REPOSITORY
from training.launching.errors import LaunchRefused


@dataclass(frozen=True)
class Code:
    """A commit and the address that has it."""

    url: str
    commit: str


def read_code(url: str | None) -> Code:
    """The commit that is checked out here, at `url` or where `origin` says.

    Raises:
        LaunchRefused: this is no git checkout, it has changes that no commit holds, or the commit cannot be
            fetched from there.
    """
    commit = _git("rev-parse", "HEAD")
    if commit is None:
        raise LaunchRefused(
            f"{REPOSITORY} is no git checkout, and a job fetches its code from git: clone it."
        )
    if _git("status", "--porcelain", "--untracked-files=no"):
        raise LaunchRefused(
            "There are changes that no commit holds, so that a job would lack them: commit and push."
        )
    code = Code(url or _public_address(_git("remote", "get-url", "origin")), commit)
    _check_there(code)
    return code


def _public_address(origin: str | None) -> str:
    """An address without this machine's keys."""
    address = re.sub(r"^(?:ssh://)?git@([^:/]+)[:/]", r"https://\1/", origin or "")
    address = re.sub(r"^https://[^/@]+@", "https://", address)
    if not address.startswith("https://"):
        raise LaunchRefused(
            f"The job cannot fetch its code from {address or 'nowhere'}: push this repository to a Git host "
            "and name it by --code https://..."
        )
    return address


def _check_there(code: Code) -> None:
    # Into an empty repository, which is what the job does: here the commit would be found without asking.
    with tempfile.TemporaryDirectory() as empty:
        _git("init", "--bare", "--quiet", empty)
        if _git("-C", empty, "fetch", "--quiet", "--depth", "1", code.url, code.commit) is None:
            raise LaunchRefused(
                f"{code.url} does not give the commit {code.commit[:12]} that is checked out here: push it, "
                "or name by --code where it can be read without a password."
            )


def _git(*arguments: str) -> str | None:
    """What git prints; None where it fails."""
    done = subprocess.run(
        ["git", *arguments],
        cwd=REPOSITORY,
        env={**os.environ, "GIT_TERMINAL_PROMPT": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() if done.returncode == 0 else None
