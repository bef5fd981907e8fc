"""How much memory this process has needed so far."""

from __future__ import annotations

import resource
import sys

import torch

MIB, GIB = 2**20, 2**30


def peak_memory_gib(device: torch.device) -> float:
    """The most that was needed at once: of the GPU's memory, or of the host's where there is no GPU."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / GIB
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024) / GIB  # macOS counts bytes, Linux KiB
