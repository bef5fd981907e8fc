"""The frozen parts of the pipeline that training uses once: image to latents, caption to embeddings."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import torch
from diffusers import AutoencoderKL, StableDiffusion3Pipeline


@torch.inference_mode()
def encode_pixels(vae: AutoencoderKL, pixels: torch.Tensor) -> torch.Tensor:
    """`pixels` (b, 3, H, W) to `latents` (b, 16, H/8, W/8), shifted and scaled, float32 on the CPU."""
    mean = vae.encode(pixels.to(vae.device, vae.dtype)).latent_dist.mode()
    latents = (mean - vae.config.shift_factor) * vae.config.scaling_factor
    return latents.float().cpu()


@torch.inference_mode()
def encode_captions(
    pipeline: StableDiffusion3Pipeline, captions: Sequence[str], max_sequence_length: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Captions to `prompt_embeds` (b, s, d) and `pooled_embeds` (b, p), float32 on the CPU."""
    prompt_embeds, _, pooled_embeds, _ = pipeline.encode_prompt(
        list(captions),
        None,
        None,
        do_classifier_free_guidance=False,
        max_sequence_length=max_sequence_length,
    )
    return prompt_embeds.float().cpu(), pooled_embeds.float().cpu()


def fingerprint_modules(*modules: torch.nn.Module | None) -> str:
    """Identify modules by their weights, so that a cache never outlives the encoder that filled it."""
    digest = hashlib.sha256()
    for module in modules:
        for name, tensor in (module.state_dict() if module is not None else {}).items():
            digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
            digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy())
        digest.update(b"end")
    return digest.hexdigest()
