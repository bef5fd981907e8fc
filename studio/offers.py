"""What this machine can run, as it was at the last look."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from generation.loading.machine import Offer
from studio.stored_only import NotStored, wants_stored_only

KEPT_S = 60  # memory that is free may be taken, and weights may arrive


class Offers:
    """Every model, on or off; `look` waits until nothing is being made."""

    def __init__(self, look: Callable[[], Sequence[Offer]]) -> None:
        self._look = look
        self._turn = threading.Lock()
        self._looked_s: float | None = None
        self.last: Sequence[Offer] = ()  # however long ago; none before the first look

    def now(self) -> Sequence[Offer]:
        """Every model; looked at anew when the last look is old.

        Raises:
            NotStored: it is, where only what is stored is wanted, and nothing waited for.
        """
        if wants_stored_only() and self._are_old():
            raise NotStored
        with self._turn:
            if self._are_old():
                self.last, self._looked_s = self._look(), time.monotonic()
            return self.last

    def have_t5(self, model: str) -> bool:
        """Whether a model's T5 is in memory here, or not missed; by the last look."""
        kept = [each.placement for each in self.last if each.key == model and each.placement]
        return all(each.t5 != "none" for each in kept)

    def _are_old(self) -> bool:
        return self._looked_s is None or time.monotonic() - self._looked_s > KEPT_S
