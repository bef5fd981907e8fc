"""What became of the comparisons since the app started: counts and times, nothing of what was asked for."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Collection
from typing import Literal

from studio.adapter_choice import adapter_name

Outcome = Literal["made", "stored", "cancelled", "failed"]


class Pulse:
    """Counts how comparisons end; knows by name only the adapters that the page offers, `offered`.

    Safe to use from several threads.
    """

    def __init__(self, offered: Collection[str] = ()) -> None:
        self._offered = frozenset(offered)
        self._revisions: dict[str, str] = {}
        self._lock = threading.Lock()
        self._ended: Counter[Outcome] = Counter()
        self._began = time.monotonic()
        self._last_made: float | None = None

    def ended(self, outcome: Outcome) -> None:
        """One more comparison has ended like this."""
        with self._lock:
            self._ended[outcome] += 1
            if outcome == "made":
                self._last_made = time.monotonic()

    def used(self, adapter: str | None, revision: str | None) -> None:
        """Pictures were made or found with an adapter, at a revision."""
        if adapter in self._offered and adapter and revision:
            self._revisions[adapter] = revision

    def public_name(self, adapter: str | None) -> str:
        """What the page calls the adapter; `other` for one that a visitor brought along."""
        return adapter_name(adapter) if adapter is None or adapter in self._offered else "other"

    @property
    def revisions(self) -> dict[str, str]:
        """The revision that each of the offered adapters was last used with: a commit, or a SHA-256."""
        return dict(self._revisions)

    @property
    def counts(self) -> dict[Outcome, int]:
        """How many ended how; an outcome that has not occurred is left out."""
        with self._lock:
            return dict(self._ended)

    @property
    def up_s(self) -> float:
        """For how many seconds the app has been running."""
        return time.monotonic() - self._began

    @property
    def since_made_s(self) -> float | None:
        """How many seconds ago a model last made a comparison; None if it has made none yet.

        Not a time of day: a clock that is wrong or set anew changes nothing.
        """
        last = self._last_made
        return None if last is None else time.monotonic() - last
