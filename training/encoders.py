"""The frozen parts of the pipeline that training uses once: image to latents, caption to embeddings."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from diffusers import AutoencoderKL, StableDiffusion3Pipeline
from transformers import PreTrainedTokenizerFast


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
    """Identify modules by settings and weights, so that a cache never outlives the encoder that filled it."""
    digest = hashlib.sha256()
    for module in modules:
        digest.update(_settings(module).encode())
        for name, tensor in (module.state_dict() if module is not None else {}).items():
            digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
            digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy())
        digest.update(b"end")
    return digest.hexdigest()


def fingerprint_tokenizers(*tokenizers: PreTrainedTokenizerFast | None) -> str:
    """Identify tokenizers by all that turns a text into numbers."""
    known = [
        (each.model_max_length, each.special_tokens_map, _rules(each)) if each is not None else None
        for each in tokenizers
    ]
    return hashlib.sha256(repr(known).encode()).hexdigest()


def _settings(module: Any) -> str:
    """What a module is besides its weights, such as its number of heads, wherever it was loaded from."""
    config = getattr(module, "config", {})
    values = config if isinstance(config, Mapping) else config.to_dict()  # diffusers' or transformers' own
    kept = {key: value for key, value in values.items() if key != "_name_or_path"}
    return json.dumps(kept, sort_keys=True, default=str)


def _rules(tokenizer: PreTrainedTokenizerFast) -> str:
    serialised = json.loads(tokenizer.backend_tokenizer.to_str())
    # How the last text was cut and filled up: it changes with use.
    kept = {key: value for key, value in serialised.items() if key not in ("truncation", "padding")}
    return json.dumps(kept, sort_keys=True)
