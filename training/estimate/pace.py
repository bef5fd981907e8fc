"""How long a run takes: its operations over what this machine does of them in a second."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import torch

# How much of the rate of one large matrix product a whole training step reaches, by device and whether blocks
# are compiled. On GPUs assumed, not measured here: SimpleTuner's published 0.529 s for 3 images of SD 3.5
# Medium at 1024 px on an H100 are a quarter of what such a card multiplies; compiling is said to give a third
# more.
SHARE_OF_RATE: Mapping[tuple[str, bool], float] = {
    ("cuda", False): 0.25,
    ("cuda", True): 0.35,
    ("cpu", False): 0.5,
    ("cpu", True): 0.5,
}

PROBE_S = 0.3
PROBE_WIDTH = {"cuda": 8192, "cpu": 1024}


@dataclass(frozen=True)
class Pace:
    """Operations of one process, a step of it and all validation, and what follows from a rate of them."""

    steps: int
    step_operations: float
    looking_operations: float
    share: float
    rate: float | None
    price_per_hour: float | None

    @property
    def step_s(self) -> float | None:
        return None if self.rate is None else self.step_operations / (self.rate * self.share)

    @property
    def total_s(self) -> float | None:
        """The whole run, validation included; preparing is not."""
        if self.rate is None:
            return None
        return (self.steps * self.step_operations + self.looking_operations) / (self.rate * self.share)

    @property
    def looking_share(self) -> float:
        """The part of the run's time that validation takes."""
        return self.looking_operations / (self.steps * self.step_operations + self.looking_operations)

    @property
    def cost(self) -> float | None:
        """In the currency of the price."""
        if self.total_s is None or self.price_per_hour is None:
            return None
        return self.total_s / 3600 * self.price_per_hour


def probe_rate(device: torch.device, dtype: torch.dtype) -> float:
    """Operations a second of a large matrix product on this very device; takes under a second."""
    width = PROBE_WIDTH[device.type]
    factor = torch.ones(width, width, device=device, dtype=dtype)
    _multiply(factor)  # the first one also loads the library
    products, began = 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < PROBE_S:
        _multiply(factor)
        products += 1
    return products * 2 * width**3 / spent


def _multiply(factor: torch.Tensor) -> None:
    factor @ factor
    if factor.is_cuda:
        torch.cuda.synchronize(factor.device)
