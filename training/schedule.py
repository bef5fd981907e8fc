"""The learning rate as a function of the step alone, so that resuming has nothing to restore."""

from __future__ import annotations

import math

from training.config import OptimizerConfig


def learning_rate(step: int, steps: int, optimizer: OptimizerConfig) -> float:
    """The rate of a step (from 0): a line up to the peak, then as the schedule says.

    Constant, or half a cosine down to its final share.
    """
    warmup = min(optimizer.warmup_steps, steps - 1)
    if step < warmup:
        return optimizer.learning_rate * (step + 1) / (warmup + 1)
    if optimizer.schedule == "constant":
        return optimizer.learning_rate
    progress = (step - warmup) / max(1, steps - warmup)
    share = 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))
    return optimizer.learning_rate * (optimizer.final_share + (1 - optimizer.final_share) * share)
