"""Spaces as the Hub runs them: settings, hardware, and the stages from a commit to a page that answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

STARTING = ("BUILDING", "APP_STARTING", "RUNNING")


@dataclass
class Space:
    """One Space; `course` are the stages it goes through after each commit, and stays at the last.

    `host` is where its app is served: the tests run it, this Hub does not.
    """

    name: str
    sdk: str = "gradio"
    host: str | None = None
    hardware: str = "cpu-basic"
    variables: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    logs: dict[str, list[str]] = field(default_factory=lambda: {"build": [], "run": []})
    course: tuple[str, ...] = STARTING
    stage: str = "NO_APP_FILE"
    commit: str | None = None
    restarts: int = 0

    def __post_init__(self) -> None:
        self._coming: list[str] = []

    def restart(self, commit: str | None) -> None:
        """A commit has come, or a setting has changed; what ran so far is told for one more look."""
        self._coming = [*self.course] if commit else []
        self._next_commit = commit
        self.restarts += 1

    @property
    def now(self) -> dict[str, Any]:
        hardware = {"current": self.hardware, "requested": self.hardware}
        return {"stage": self.stage, "hardware": hardware, "sha": self.commit, "gcTimeout": None}

    def next(self) -> dict[str, Any]:
        """What it says now; the next time it is one stage further."""
        told = self.now
        if self._coming:
            self.stage, self.commit = self._coming.pop(0), self._next_commit
        return told
