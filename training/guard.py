"""Watches the gradients: which step is too bad to learn from, and when a run has to go back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import median
from typing import Any

from training.config import GuardConfig

REMEMBERED = 50  # gradient norms; a jump is told against their median
ENOUGH = 20  # before so many are known, only what is no number is bad


class Guard:
    """Judges gradient norms one after another; remembers all that decides the next judgement."""

    def __init__(self, config: GuardConfig) -> None:
        self._config = config
        self._norms: list[float] = []
        self.bad_in_a_row = 0
        self.rollbacks = 0

    @property
    def state(self) -> dict[str, Any]:
        """What is remembered, to be saved and taken up again."""
        return {"norms": self._norms, "bad_in_a_row": self.bad_in_a_row, "rollbacks": self.rollbacks}

    def take_up(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved state."""
        self._norms = list(state["norms"])
        self.bad_in_a_row, self.rollbacks = state["bad_in_a_row"], state["rollbacks"]

    @property
    def rate_factor(self) -> float:
        """What the learning rate is multiplied with, after the times that the run went back."""
        return self._config.lower_rate**self.rollbacks

    def fault(self, norm: float) -> str | None:
        """What is wrong with a gradient of this norm, in words; None when it may be learned from."""
        fault = self._fault(norm)
        self.bad_in_a_row = self.bad_in_a_row + 1 if fault else 0
        if not fault:
            self._norms = [*self._norms, norm][-REMEMBERED:]
        return fault

    def _fault(self, norm: float) -> str | None:
        if not math.isfinite(norm):
            return "the gradient is not finite"
        if len(self._norms) < ENOUGH:
            return None
        usual = median(self._norms)
        if norm > self._config.largest_jump * usual:
            return f"the gradient's norm is {norm:.3g}, usually {usual:.3g}"
        return None

    @property
    def lost(self) -> bool:
        """Whether so many steps in a row were bad that going on from here is no use."""
        return self.bad_in_a_row >= self._config.patience

    @property
    def may_go_back(self) -> bool:
        """Whether the run may go back once more, or has to give up."""
        return self.rollbacks < self._config.most_rollbacks
