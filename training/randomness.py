"""Randomness that depends on what it is for, and on nothing else."""

from __future__ import annotations

import torch

from prompt_engine.seeds import derived_seed


def generator(*parts: int | str) -> torch.Generator:
    """A CPU generator seeded by `derived_seed`."""
    return torch.Generator().manual_seed(derived_seed(*parts))
