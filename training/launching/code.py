"""Which code a job runs: one commit of this repository, from where everybody can fetch it."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from dataclasses import dataclass

from generation.locations import REPOSITORY
from training.launching.errors import LaunchRefused

# The token goes to the Hub alone, for code that lies in a private repository there.
HUB_HELPER = (
    "credential.https://huggingface.co.helper",
    '!f() { echo username=hf; echo "password=$HF_TOKEN"; }; f',
)
# What this machine's keyring knows, a job does not: the empty helper forgets those set up before it.
AS_IN_JOB = ("-c", "credential.helper=", "-c", "=".join(HUB_HELPER))


@dataclass(frozen=True)
class Code:
    """A commit and the address that has it."""

    url: str
    commit: str


def name_code(url: str | None) -> Code:
    """The commit that is checked out here, at `url` or where `origin` says.

    Raises:
        LaunchRefused: this is no git checkout, or nobody else reaches that address.
    """
    commit = _git("rev-parse", "HEAD")
    if commit is None:
        raise LaunchRefused(
            f"{REPOSITORY} is no git checkout, and a job fetches its code from git: clone it."
        )
    return Code(_public_address(url or _git("remote", "get-url", "origin")), commit)


def check_code(code: Code) -> None:
    """Make sure that a job gets what is here.

    Raises:
        LaunchRefused: there are changes that no commit holds, or the commit cannot be fetched from there.
    """
    if _git("status", "--porcelain", "--untracked-files=no"):
        raise LaunchRefused(
            "There are changes that no commit holds, so that a job would lack them: commit and push."
        )
    _check_there(code)


def _public_address(origin: str | None) -> str:
    """An address without this machine's keys: whoever sees the job sees it."""
    address = re.sub(r"^(?:ssh://)?git@([^:/]+)[:/]", r"https://\1/", origin or "")
    address = re.sub(r"^(\w+://)[^/]*@", r"\1", address)
    if not address.startswith("https://"):
        raise LaunchRefused(
            f"The job cannot fetch its code from {address or 'nowhere'}: push this repository to a Git host "
            "and name it by --code https://..."
        )
    return address


def _check_there(code: Code) -> None:
    from huggingface_hub import get_token

    # Into an empty repository, which is what the job does: here the commit would be found without asking.
    with tempfile.TemporaryDirectory() as empty:
        _git("init", "--bare", "--quiet", empty)
        fetch = ("-C", empty, *AS_IN_JOB, "fetch", "--quiet", "--depth", "1", code.url, code.commit)
        if _git(*fetch, token=get_token()) is None:
            raise LaunchRefused(
                f"{code.url} does not give the commit {code.commit[:12]} that is checked out here: push it, "
                "or name by --code where it can be read without a password."
            )


def _git(*arguments: str, token: str | None = None) -> str | None:
    """What git prints; None where it fails. `token`: the one of Hugging Face, in the environment alone."""
    done = subprocess.run(
        ["git", *arguments],
        cwd=REPOSITORY,
        env={**os.environ, "GIT_TERMINAL_PROMPT": "0", **({"HF_TOKEN": token} if token else {})},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() if done.returncode == 0 else None
