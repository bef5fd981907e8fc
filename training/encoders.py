"""The frozen parts of the pipeline that training uses once: image to latents, caption to embeddings."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from diffusers import AutoencoderKL, StableDiffusion3Pipeline


@torch.inference_mode()
def encode_pixels(vae: AutoencoderKL, pixels: torch.Tensor) -> torch.Tensor:
    """`pixels` (b, 3, H, W) to `latents` (b, 16, H/8, W/8), shifted and scaled, on the CPU."""
    mean = vae.encode(pixels.to(vae.device, vae.dtype)).latent_dist.mode()
    latents = (mean - vae.config.shift_factor) * vae.config.scaling_factor
    return latents.cpu()


@torch.inference_mode()
def encode_captions(
    pipeline: StableDiffusion3Pipeline, captions: Sequence[str], max_sequence_length: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Captions to `prompt_embeds` (b, s, d) and `pooled_embeds` (b, p) on the CPU."""
    with _without_advice():
        prompt_embeds, _, pooled_embeds, _ = pipeline.encode_prompt(
            list(captions),
            None,
            None,
            device=pipeline.text_encoder.device,
            do_classifier_free_guidance=False,
            max_sequence_length=max_sequence_length,
        )
    return prompt_embeds.cpu(), pooled_embeds.cpu()


@contextmanager
def _without_advice() -> Iterator[None]:
    """Silence what diffusers says of prompts that are cut: what is cut is told before anything is encoded.

    Of a batch with one long prompt it names every other too, each by the padding that it has beside that one.
    """
    advice = logging.getLogger(StableDiffusion3Pipeline.__module__)
    before, advice.disabled = advice.disabled, True
    try:
        yield
    finally:
        advice.disabled = before
