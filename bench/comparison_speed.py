"""How long the demo model takes for both portraits once it is loaded, against two plain pipeline calls."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.table import Row, times_faster
from generation.errors import GenerationError
from generation.events import Preview
from generation.recipe import Recipe
from generation.workshop.opening import open_workshop

if TYPE_CHECKING:
    from diffusers import StableDiffusion3Pipeline

    from generation.workshop.workshop import Workshop

REPEATS = 7
WHAT = "demo comparison, both arms, 20 steps, warm"
AGAINST = "two plain pipeline calls"
FIRST = "first preview after denoising began"


@dataclass(frozen=True)
class Turn:
    """One comparison, and the two plain calls right after it, in seconds."""

    both_s: float
    plain_s: float
    first_preview_s: float


def measure_comparison() -> Iterator[Row]:
    """The comparison as a visitor waits for it; both ways take turns, so that both meet the same machine."""
    workshop = open_workshop()
    try:
        plain = _PlainCalls()
        turns = [_take_turn(workshop, plain, seed) for seed in range(1 + REPEATS)][1:]
    except GenerationError as error:
        for what, limit in ((WHAT, 2.0), (FIRST, 0.3)):
            yield Row(what, limit, None, "s", str(error))
        return
    both_s, plain_s, first_s = (
        statistics.median(values)
        for values in zip(*((turn.both_s, turn.plain_s, turn.first_preview_s) for turn in turns), strict=True)
    )
    slowest = f"median of {REPEATS}, slowest {max(turn.both_s for turn in turns):.2f} s"
    yield Row(WHAT, 2.0, both_s, "s", slowest)
    yield Row(
        f"its time, of {AGAINST}", 1 / 1.5, both_s / plain_s, "times", times_faster(plain_s, both_s, AGAINST)
    )
    yield Row(FIRST, 0.3, first_s, "s")


def _take_turn(workshop: Workshop, plain: _PlainCalls, seed: int) -> Turn:
    # Another prompt each time: of one that came before, the workshop still has the embeddings.
    recipe = Recipe(f"a woman with black hair and a smile, portrait {seed}", seed, steps=20)
    both_s, first_preview_s = _compare(workshop, recipe)
    started = time.perf_counter()
    plain.make(recipe)
    return Turn(both_s, time.perf_counter() - started, first_preview_s)


def _compare(workshop: Workshop, recipe: Recipe) -> tuple[float, float]:
    """How long it took, and how long until the first preview."""
    started, seen_s = time.perf_counter(), float("inf")
    for event in workshop.compare(recipe):
        if isinstance(event, Preview):
            # What comes before the first step, the prompt's embeddings, is counted too: it is little.
            seen_s = min(seen_s, time.perf_counter() - started)
    return time.perf_counter() - started, seen_s


class _PlainCalls:
    """diffusers' own pipeline, one without an adapter and one with it, as anyone would call it."""

    def __init__(self) -> None:
        from generation.adapters.attached import ADAPTER_NAME, attach_adapter
        from generation.adapters.file import resolve_adapter
        from generation.loading.pipelines import load_pipeline
        from generation.models import model_spec

        self._vanilla, self._fine_tuned = (load_pipeline(model_spec("demo")) for _ in range(2))
        attach_adapter(self._fine_tuned, resolve_adapter("demo"))
        self._fine_tuned.set_adapters([ADAPTER_NAME], [1.0])

    def make(self, recipe: Recipe) -> None:
        """Both portraits of a recipe."""
        for pipeline in (self._vanilla, self._fine_tuned):
            self._call(pipeline, recipe)

    @staticmethod
    def _call(pipeline: StableDiffusion3Pipeline, recipe: Recipe) -> None:
        import torch

        pipeline(
            recipe.prompt,
            num_inference_steps=recipe.steps,
            guidance_scale=recipe.guidance,
            height=recipe.size_px,
            width=recipe.size_px,
            max_sequence_length=recipe.spec.max_sequence_length,
            generator=torch.Generator().manual_seed(recipe.seed),
        )
