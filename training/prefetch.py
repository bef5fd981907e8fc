"""The next step's batch, built by a thread while the current one is learned from."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

import torch

from training.batches import Batch, Batches


class Ahead:
    """One process's batches on its device, each foreseen from the one before; a context that ends the thread.

    Made for GPUs, which then never wait for noise, disk or copies. On two processor cores it neither gains
    nor costs anything: of the demo's step of 272 ms a batch takes 3.
    """

    def __init__(self, batches: Batches, device: torch.device, process: int = 0, processes: int = 1) -> None:
        self._batches, self._device = batches, device
        self._process, self._processes = process, processes
        self._thread = ThreadPoolExecutor(1, "next-batch")
        self._foreseen: tuple[int, Future[Batch]] | None = None

    def __enter__(self) -> Ahead:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown(cancel_futures=True)

    def take(self, step: int) -> Batch:
        """A step's batch, whichever step it is; an error met in building it is raised here."""
        foreseen, self._foreseen = self._foreseen, None
        if foreseen is None or foreseen[0] != step:
            foreseen = step, self._thread.submit(self._build, step)
        batch = foreseen[1].result()
        if step + 1 < self._batches.run.steps:
            self._foreseen = step + 1, self._thread.submit(self._build, step + 1)
        return batch.to(self._device)

    def _build(self, step: int) -> Batch:
        batch = self._batches.batch(step, self._process, self._processes)
        return batch.pinned(self._device) if self._device.type == "cuda" else batch
