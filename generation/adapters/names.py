"""What adapters on the Hub are called: `owner/name`, and `@revision` behind it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from generation.errors import AdapterRejected

_PART = r"[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9_])?"
_NAME = re.compile(rf"(?P<repository>{_PART}/{_PART})(?:@(?P<revision>\w[\w./-]*))?", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{40}")
_COMMIT_START = re.compile(r"[0-9a-f]{7,39}")
_LONGEST_REPOSITORY = 96  # as the Hub has it
_LONGEST_REVISION = 100


@dataclass(frozen=True)
class HubName:
    """A model repository, and which state of it; None for its newest."""

    repository: str
    revision: str | None = None

    @property
    def is_commit(self) -> bool:
        """Whether the revision can never mean anything else."""
        return _COMMIT.fullmatch(self.revision or "") is not None

    @property
    def may_be_short(self) -> bool:
        """Whether the revision may be the beginning of a commit, as links write it."""
        return _COMMIT_START.fullmatch(self.revision or "") is not None

    @property
    def page(self) -> str:
        """Where people look at it."""
        return f"https://huggingface.co/{self.repository}"


def parse_hub_name(text: str, revision: str | None = None) -> HubName | None:
    """Read `owner/name` or `owner/name@revision`; None where it is no such name.

    `revision`, where given, is the commit that a recipe recorded, and counts.
    """
    match = _NAME.fullmatch(text)
    if match is None or not _is_on_hub(match["repository"], match["revision"] or ""):
        return None
    return HubName(match["repository"], revision or match["revision"])


def check_printable(adapter: str) -> None:
    """Refuse a name that would show as something else.

    Raises:
        AdapterRejected: it holds control characters, or is empty.
    """
    if not adapter or not adapter.isprintable():
        shown = Path(adapter).name if Path(adapter).is_absolute() else adapter
        raise AdapterRejected(
            f"The adapter's name {shown!r} is empty or holds control characters: give it as plain text."
        )


def _is_on_hub(repository: str, revision: str) -> bool:
    if len(repository) > _LONGEST_REPOSITORY or len(revision) > _LONGEST_REVISION:
        return False
    # As the Hub's own client has it, which would call them names of nothing.
    return not (repository.endswith(".git") or "--" in repository or ".." in repository or ".." in revision)
