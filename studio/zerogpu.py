"""The only door to the `spaces` package: on ZeroGPU, a workshop that borrows a GPU for each comparison."""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path

from generation.events import Event, Finished, Waiting
from generation.open_workshop import open_workshop
from generation.recipe import Recipe
from generation.results import ResultStore
from studio.beside import beside
from studio.durations import Durations, GpuStarted, GpuUse, describe_run

# What comes from the process that has the GPU; only the recipe goes there. All of it can be pickled.
FromGpu = Event | GpuStarted | GpuUse


class ZeroGpuWorkshop:
    """What `Workshop` does, borrowing a GPU for what was not made before."""

    def __init__(self, results: ResultStore, durations: Durations) -> None:
        import spaces  # patches torch, so never off ZeroGPU, and before torch is imported

        self._workshop = open_workshop(results)
        self._durations = durations
        self._borrow = spaces.GPU(duration=durations.declared_s)(on_gpu(self._workshop.compare))

    def load(self, recipe: Recipe) -> None:
        """As `Workshop.load`; call it from the main thread, before the page is launched."""
        self._workshop.load(recipe)

    def compare(self, recipe: Recipe) -> Generator[Event | Waiting, None, None]:
        """As `Workshop.compare`, with signs of life; what is stored is given without a GPU.

        Closing the iterator returns at once and ends the borrowing within one step.

        Raises: GenerationError, WorkshopFailed.
        """
        stored = self._workshop.stored(recipe)
        if stored:
            yield Finished(stored)
        else:
            yield from beside(self._borrowed(recipe))

    def _borrowed(self, recipe: Recipe) -> Generator[Event, None, None]:
        from studio.gpu_problems import Borrowed, explain_borrowing  # Gradio takes seconds to import

        ready_at: float | None = None  # when the GPU was there; nothing of the queue before it counts
        try:
            with closing(self._borrow(recipe)) as events:
                for event in events:
                    if isinstance(event, GpuStarted):
                        ready_at = time.monotonic() - (event.start_s or 0.0)
                    elif isinstance(event, GpuUse):
                        print(describe_run(recipe, self._durations, event), flush=True)
                    else:
                        yield event
        except Exception as problem:
            had_s = None if ready_at is None else time.monotonic() - ready_at
            borrowed = Borrowed(had_s, self._durations.declared_s(recipe))
            raise explain_borrowing(problem, borrowed) from problem


def on_gpu(
    compare: Callable[[Recipe], Generator[Event, None, None]],
) -> Callable[[Recipe], Generator[FromGpu, None, None]]:
    """What is done in the process that has the GPU: it also tells how long that took, and what went wrong."""
    from studio.gpu_problems import raised_on_gpu

    warm = False  # each such process has one of its own: its first run is the one that starts it

    @functools.wraps(compare)
    def steps(recipe: Recipe) -> Generator[FromGpu, None, None]:
        nonlocal warm
        start_s = None if warm else process_age_s()
        warm = True
        yield GpuStarted(start_s)
        began = time.monotonic()
        try:
            yield from compare(recipe)
        except Exception as problem:
            raise raised_on_gpu(problem) from None
        yield GpuUse(start_s, time.monotonic() - began)

    return steps


def process_age_s() -> float:
    """For how long this process has been running: ZeroGPU fills the GPU before anything of ours begins."""
    started_ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started_ticks / os.sysconf("SC_CLK_TCK")
