"""A model's transformer without its weights: the shape of every layer, also where the model is not here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from diffusers import SD3Transformer2DModel

from generation.errors import ModelUnavailable
from generation.loading.pipelines import build_weightless_transformer, find_model
from generation.models import ModelSpec

_SD35: Mapping[str, Any] = {
    "sample_size": 128,
    "patch_size": 2,
    "in_channels": 16,
    "out_channels": 16,
    "attention_head_dim": 64,
    "joint_attention_dim": 4096,
    "pooled_projection_dim": 2048,
    "qk_norm": "rms_norm",
}
_LARGE: Mapping[str, Any] = {
    **_SD35,
    "num_layers": 38,
    "num_attention_heads": 38,
    "caption_projection_dim": 2432,
    "pos_embed_max_size": 192,
    "dual_attention_layers": (),
}
# Source: transformer/config.json of stabilityai/stable-diffusion-3.5-medium and -large; Turbo has Large's.
TRANSFORMERS: Mapping[str, Mapping[str, Any]] = {
    "medium": {
        **_SD35,
        "num_layers": 24,
        "num_attention_heads": 24,
        "caption_projection_dim": 1536,
        "pos_embed_max_size": 384,
        "dual_attention_layers": tuple(range(13)),
    },
    "large": _LARGE,
    "turbo": _LARGE,
}


def build_outline(spec: ModelSpec) -> SD3Transformer2DModel:
    """The transformer on the meta device, as the model here says of itself, or else as it was published.

    Raises:
        ModelUnavailable: the model is not here, and its shape is not known either.
    """
    try:
        return build_weightless_transformer(find_model(spec))
    except (ModelUnavailable, OSError):
        if spec.key not in TRANSFORMERS:
            raise
    with torch.device("meta"):
        return SD3Transformer2DModel.from_config(dict(TRANSFORMERS[spec.key]))
