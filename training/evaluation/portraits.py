"""Which portraits are made, and both arms of them, batch by batch through the one way to make a picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from diffusers import StableDiffusion3Pipeline
from PIL.Image import Image

from generation.events import Arm
from generation.render import Sampling, render_batch
from prompt_engine.realiser import realise
from prompt_engine.seeds import LARGEST_SEED
from prompt_engine.selection import Selection

LARGEST_BATCH, BATCH_PX = 20, 2_100_000  # 1024 px: two at once
SEEDS_A_PROMPT = 4  # of the prompts by which diversity within a prompt is measured
SHARE_OF_PROMPTS = 20  # one in so many is such a prompt
LEAST_PROMPTS = 5  # or none at all: fewer tell nothing of the others

Say = Callable[[str], None]


@dataclass(frozen=True)
class Shots:
    """Prompts with their seeds: first `count` of all selections, then some of them with other seeds."""

    prompts: tuple[str, ...]
    seeds: tuple[int, ...]
    count: int

    @classmethod
    def of(cls, selections: Sequence[Selection], seed: int) -> Shots:
        """One portrait a selection, and three more of one prompt in twenty, if these are LEAST_PROMPTS."""
        prompts = [realise(each) for each in selections]
        several = len(prompts) // SHARE_OF_PROMPTS
        repeated = prompts[:several] if several >= LEAST_PROMPTS else []
        everything = prompts + [each for each in repeated for _ in range(SEEDS_A_PROMPT - 1)]
        seeds = tuple((seed + turn) % (LARGEST_SEED + 1) for turn in range(len(everything)))
        return cls(tuple(everything), seeds, len(prompts))

    @property
    def told(self) -> str:
        """How many, and why these are more than prompts."""
        prompts, portraits, groups = self.count, len(self.prompts), len(self.groups)
        several = f", {groups:,} of them with {SEEDS_A_PROMPT} seeds" if groups else ""
        return f"{prompts:,} prompts{several}: {portraits:,} portraits an arm"

    @property
    def groups(self) -> np.ndarray:
        """The places of the portraits of one prompt: (prompts, SEEDS_A_PROMPT)."""
        more = np.arange(self.count, len(self.prompts)).reshape(-1, SEEDS_A_PROMPT - 1)
        return np.concatenate([np.arange(len(more))[:, None], more], axis=1)


def render_shots(
    pipeline: StableDiffusion3Pipeline,
    shots: Shots,
    sampling: Sampling,
    arm: Arm,
    scale: float,
    say: Say,
) -> Iterator[tuple[list[Image], list[str]]]:
    """One arm's portraits with their prompts, a batch at a time."""
    size = max(1, min(LARGEST_BATCH, BATCH_PX // sampling.size_px**2))
    total = len(shots.prompts)
    for start in range(0, total, size):
        prompts = list(shots.prompts[start : start + size])
        yield (
            render_batch(pipeline, prompts, shots.seeds[start : start + size], sampling, arm, scale),
            prompts,
        )
        done = start + len(prompts)
        if done == total or done * 5 // total > start * 5 // total:
            say(f"{arm.replace('_', '-')}: {done:,} of {total:,} portraits")
