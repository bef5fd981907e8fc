"""Rectified flow: straight paths from data to noise, and the velocity along them.

Source: Liu et al., arXiv 2209.03003; the logit-normal times are Esser et al., arXiv 2403.03206, section 3.1.
"""

import torch
from torch import Tensor


def sample_sigma(
    batch: int, generator: torch.Generator | None = None, mean: float = 0.0, spread: float = 1.0
) -> Tensor:
    """Logit-normal noise levels: (batch,) in (0, 1), most of them in the middle."""
    return torch.sigmoid(torch.randn(batch, generator=generator) * spread + mean)


def noisy_latents(latents: Tensor, noise: Tensor, sigma: Tensor) -> Tensor:
    """The point at `sigma` (b,) on the way from `latents` to `noise`, both (b, c, h, w)."""
    level = sigma.view(-1, 1, 1, 1).to(latents.dtype)
    return (1 - level) * latents + level * noise


def flow_matching_loss(prediction: Tensor, latents: Tensor, noise: Tensor) -> Tensor:
    """Squared error of the predicted velocity against `noise - latents`, a mean for every sample: (b,)."""
    return (prediction.float() - (noise - latents).float()).square().flatten(1).mean(dim=1)
