"""The only door to the `spaces` package: on ZeroGPU, a workshop that borrows a GPU for each comparison."""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from types import MappingProxyType

from generation.events import ARMS, Arm, Event, Waiting
from generation.loading.machine import Offer
from generation.loading.placement import FreeMemory
from generation.recipe import Recipe
from generation.results import ResultStore, StoredComparison
from generation.workshop.opening import open_workshop
from generation.workshop.settings import WorkshopSettings
from studio.beside import beside
from studio.durations import Durations, GpuStarted, GpuUse, describe_run
from studio.in_flight import InFlight

GPUS_AT_ONCE = 8  # for so many visitors, who wait for ZeroGPU, and this process with them

# Half of an RTX PRO 6000, which cannot be asked before it is lent; what is packed does not stay in the host's
# memory.
BORROWED = FreeMemory(gpu=48_000_000_000, host=48_000_000_000)

# What comes from the process that has the GPU; only recipe and arms go there. All of it can be pickled.
FromGpu = Event | Waiting | GpuStarted | GpuUse
Compare = Callable[[Recipe, tuple[Arm, ...]], Generator[Event | Waiting, None, None]]


class ZeroGpuWorkshop:
    """What `Workshop` does, borrowing a GPU for what was not made before."""

    def __init__(
        self,
        results: ResultStore,
        durations: Durations,
        embeddings: Mapping[str, Path] = MappingProxyType({}),
    ) -> None:
        import spaces  # patches torch, so never off ZeroGPU, and before torch is imported

        self._to_pack: list[Recipe] = []
        self._embeddings = dict(embeddings)
        self._workshop = open_workshop(results, WorkshopSettings(self._embeddings, lent=BORROWED))
        self._durations = durations
        self._in_flight = InFlight()
        # Half a GPU, said: left out, a whole one may be taken, for double the quota.
        borrowing = spaces.GPU(duration=durations.declared_s, size="large")
        self._borrow = borrowing(on_gpu(self._workshop.compare))

    def load(self, recipe: Recipe) -> float | None:
        """As `Workshop.load`; call it from the main thread, before the page is launched.

        Raises:
            SettingsError: with what is loaded already, it would be too much to be packed.
        """
        from studio.packed_size import MOST_PACKED_BYTES, check_packed_size

        check_packed_size([*self._to_pack, recipe], MOST_PACKED_BYTES, self._embeddings)
        step_s = self._workshop.load(recipe)
        self._to_pack.append(recipe)
        return step_s

    def offers(self) -> Sequence[Offer]:
        """As `Workshop.offers`, for the GPU that is lent."""
        return self._workshop.offers()

    def stored(self, recipe: Recipe, arms: Sequence[Arm] = ARMS) -> StoredComparison | None:
        """As `Workshop.stored`."""
        return self._workshop.stored(recipe, arms)

    def compare(
        self, recipe: Recipe, arms: Sequence[Arm] = ARMS
    ) -> Generator[Event | Waiting | StoredComparison, None, None]:
        """As `Workshop.compare`, with signs of life; what is stored is given without a GPU.

        An adapter is fetched and checked here, before a GPU is asked for; only its revision goes there, where
        it shows whether it changes anything.
        Closing the iterator returns at once and ends the borrowing within one step.

        Raises: GenerationError, WorkshopFailed.
        """
        pinned = self._workshop.pinned(recipe)
        key = "\n".join((pinned.fingerprint(), *arms))
        # Here, not where the GPU is: who waited there would pay for it.
        yield from self._in_flight.begin(key)
        try:
            stored = self._workshop.stored(recipe, arms)
            if stored:
                yield stored
            else:
                self._workshop.check_prompt(recipe)
                # Its adapter keeps its place on this machine, where another process is to find it.
                settled = recipe.with_revisions(pinned.model_revision, pinned.adapter_revision)
                yield from beside(self._borrowed(settled, tuple(arms)))
        finally:
            self._in_flight.end(key)

    def _borrowed(self, recipe: Recipe, arms: tuple[Arm, ...]) -> Generator[Event | Waiting, None, None]:
        from studio.gpu_problems import Borrowed, explain_borrowing  # Gradio takes seconds to import

        ready_at: float | None = None  # when the GPU was there; nothing of the queue before it counts
        try:
            with closing(self._borrow(recipe, arms)) as events:
                for event in events:
                    if isinstance(event, GpuStarted):
                        ready_at = time.monotonic() - (event.start_s or 0.0)
                    elif isinstance(event, GpuUse):
                        print(describe_run(recipe, self._durations, event, arms), flush=True)
                    else:
                        yield event
        except Exception as problem:
            had_s = None if ready_at is None else time.monotonic() - ready_at
            borrowed = Borrowed(had_s, self._durations.declared_s(recipe, arms))
            raise explain_borrowing(problem, borrowed) from problem


def on_gpu(compare: Compare) -> Callable[[Recipe, tuple[Arm, ...]], Generator[FromGpu, None, None]]:
    """What is done in the process that has the GPU: it also tells how long that took, and what went wrong."""
    from studio.gpu_problems import raised_on_gpu

    warm = False  # each such process has one of its own: its first run is the one that starts it

    @functools.wraps(compare)
    def steps(recipe: Recipe, arms: tuple[Arm, ...]) -> Generator[FromGpu, None, None]:
        nonlocal warm
        start_s = None if warm else process_age_s()
        warm = True
        yield GpuStarted(start_s)
        began = time.monotonic()
        try:
            yield from compare(recipe, arms)
        except Exception as problem:
            raise raised_on_gpu(problem) from None
        yield GpuUse(start_s, time.monotonic() - began)

    return steps


def process_age_s() -> float:
    """For how long this process has been running: ZeroGPU fills the GPU before anything of ours begins."""
    started_ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started_ticks / os.sysconf("SC_CLK_TCK")
