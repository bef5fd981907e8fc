"""Rectified flow: straight paths from data to noise, the velocity along them, and the noise levels.

Source: Liu et al., arXiv 2209.03003; levels and shift: Esser et al., arXiv 2403.03206, 3.1 and 5.3.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from training.config import ObjectiveConfig


def sample_sigma(
    batch: int, generator: torch.Generator | None = None, mean: float = 0.0, spread: float = 1.0
) -> Tensor:
    """Logit-normal noise levels: (batch,) in (0, 1), most of them in the middle."""
    return torch.sigmoid(torch.randn(batch, generator=generator) * spread + mean)


def sample_mode_sigma(batch: int, generator: torch.Generator | None, scale: float) -> Tensor:
    """Noise levels with a mode in the middle and weight at both ends: (batch,) in [0, 1]."""
    u = torch.rand(batch, generator=generator)
    return (1 - u - scale * (torch.cos(torch.pi / 2 * u) ** 2 - 1 + u)).clamp(0, 1)


def shift_sigma(sigma: Tensor, shift: float) -> Tensor:
    """Noise levels moved towards noise (shift above 1), as the scheduler moves those it samples at."""
    return shift * sigma / (1 + (shift - 1) * sigma)


@dataclass(frozen=True)
class NoiseLevels:
    """The distribution of the noise levels that a run learns at, with the shift that it has come to."""

    objective: ObjectiveConfig
    shift: float

    def draw(self, generator: torch.Generator) -> Tensor:
        """One level, (1,)."""
        asked = self.objective
        match asked.sampling:
            case "logit_normal":
                sigma = sample_sigma(1, generator, asked.mean, asked.spread)
            case "uniform":
                sigma = torch.rand(1, generator=generator)
            case _:
                sigma = sample_mode_sigma(1, generator, asked.mode_scale)
        return shift_sigma(sigma, self.shift)


def noisy_latents(latents: Tensor, noise: Tensor, sigma: Tensor) -> Tensor:
    """The point at `sigma` (b,) on the way from `latents` to `noise`, both (b, c, h, w)."""
    level = sigma.view(-1, 1, 1, 1).to(latents.dtype)
    return (1 - level) * latents + level * noise


def flow_matching_loss(prediction: Tensor, latents: Tensor, noise: Tensor) -> Tensor:
    """Squared error of the predicted velocity against `noise - latents`, a mean for every sample: (b,)."""
    return (prediction.float() - (noise - latents).float()).square().flatten(1).mean(dim=1)
