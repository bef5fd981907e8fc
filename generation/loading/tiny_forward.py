"""One small forward pass of a transformer: enough to see whether a change of its weights does anything."""

from __future__ import annotations

import torch
from diffusers import SD3Transformer2DModel


@torch.no_grad()
def tiny_velocity(transformer: SD3Transformer2DModel, device: torch.device | None = None) -> torch.Tensor:
    """What the model predicts of a small fixed input, float32 on the CPU.

    `device`: where its inputs go; None for where its weights are.
    """
    config, random = transformer.config, torch.Generator().manual_seed(0)
    place, side = device or transformer.device, 2 * config.patch_size
    latents, prompt_embeds, pooled_embeds = (
        torch.randn(shape, generator=random).to(place, transformer.dtype)
        for shape in (
            (1, config.in_channels, side, side),
            (1, 4, config.joint_attention_dim),
            (1, config.pooled_projection_dim),
        )
    )
    velocity = transformer(
        hidden_states=latents,
        timestep=torch.tensor([500.0], device=place),
        encoder_hidden_states=prompt_embeds,
        pooled_projections=pooled_embeds,
        return_dict=False,
    )[0]
    return velocity.float().cpu()
