"""Looks for secrets in what would be sent: a Space's files can be read by everybody."""

from __future__ import annotations

import re
from collections.abc import Mapping

from studio.deploy.errors import DeployRefused

# Tokens of Hugging Face, GitHub, AWS and OpenAI, private keys, passwords in addresses.
SECRET = re.compile(
    r"\bhf_[A-Za-z0-9]{30,}"
    r"|\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_\w{30,}"
    r"|\bAKIA[0-9A-Z]{16}\b"
    r"|\bsk-[A-Za-z0-9_-]{32,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\b[a-z]+://[^\s/:@]+:[^\s/:@]+@"
)
SHORTEST = 8  # a shorter value is found by chance


def looks_secret(text: str) -> bool:
    """Whether a text holds what is shaped like a token, a key or a password."""
    return SECRET.search(text) is not None


def check_no_secret(files: Mapping[str, bytes], secrets: Mapping[str, str]) -> None:
    """Make sure that no file holds a secret, of any known shape or one of `secrets` by its value.

    Raises:
        DeployRefused: names the file and the kind, and never the secret.
    """
    values = {name: value.encode() for name, value in secrets.items() if len(value) >= SHORTEST}
    for path, content in files.items():
        named = next((name for name, value in values.items() if value in content), None)
        if named is None and not looks_secret(_text_of(content)):
            continue
        what = f"the value of the secret {named}" if named else "what looks like a token, a key or a password"
        raise DeployRefused(
            f"{path} holds {what}, and everybody can read a Space's files: nothing was sent. Remove it from "
            "the file and from git's history, and have it replaced where it is used."
        )


def _text_of(content: bytes) -> str:
    """A file as text; empty for a binary one."""
    return "" if b"\0" in content[:4096] else content.decode("utf-8", errors="replace")
