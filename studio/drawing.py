"""Draws random prompts one after the other where that is slow, so that one visitor cannot hold up all."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from weakref import WeakSet

from prompt_engine.distribution import LARGEST_SIZE
from prompt_engine.errors import InvalidSelection
from prompt_engine.prompt_sampler import PromptSampler
from prompt_engine.selection import Selection

WAIT_S = 3.0
BUSY = "Prompts are being drawn for others: click again in a moment."


class Drawer:
    """One slow draw at a time: listing all prompts, or trying many, takes a processor for seconds."""

    def __init__(self, wait_s: float = WAIT_S) -> None:
        self._wait_s = wait_s
        self._turn = Lock()
        self._listed: WeakSet[PromptSampler] = WeakSet()  # have listed their prompts: they draw at once

    def draw(self, sampler: PromptSampler, seed: int) -> Selection:
        """The prompt that a seed draws.

        Raises:
            InvalidSelection: there is none, or the draws of others take too long.
        """
        rng = random.Random(seed)
        if sampler in self._listed:
            return sampler.draw(rng)
        with self._in_turn():
            drawn = sampler.draw(rng)
        if sampler.size <= LARGEST_SIZE:
            self._listed.add(sampler)
        return drawn

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=self._wait_s):
            raise InvalidSelection(BUSY)
        try:
            yield
        finally:
            self._turn.release()
