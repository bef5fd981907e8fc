"""How long one step takes here, measured before anyone has asked for a picture."""

from __future__ import annotations

import time

import torch
from diffusers import StableDiffusion3Pipeline

from generation.models import ModelSpec

_ROWS_ON_CPU = 4  # of both portraits with guidance: a processor shares among them what each step costs beside


@torch.no_grad()
def step_time_s(pipeline: StableDiffusion3Pipeline, spec: ModelSpec) -> float:
    """Seconds of one step of one row at the model's own size; of two, the second: the first warms up."""
    place = pipeline._execution_device
    rows = _ROWS_ON_CPU if place.type == "cpu" else 1  # a GPU's memory may be just enough for what is asked
    inputs = _inputs(pipeline, spec, rows, place)
    seconds = 0.0
    for _ in range(2):
        began = time.perf_counter()
        velocity = pipeline.transformer(**inputs, return_dict=False)[0]
        velocity.sum().item()  # what a GPU was given is done
        seconds = time.perf_counter() - began
    return seconds / rows


def _inputs(
    pipeline: StableDiffusion3Pipeline, spec: ModelSpec, rows: int, place: torch.device
) -> dict[str, torch.Tensor]:
    config, dtype = pipeline.transformer.config, pipeline.transformer.dtype
    side = spec.size_px // pipeline.vae_scale_factor
    tokens = pipeline.tokenizer_max_length + spec.max_sequence_length  # CLIP's, then T5's
    shapes = {
        "hidden_states": (rows, config.in_channels, side, side),
        "encoder_hidden_states": (rows, tokens, config.joint_attention_dim),
        "pooled_projections": (rows, config.pooled_projection_dim),
    }
    inputs = {name: torch.zeros(shape, device=place, dtype=dtype) for name, shape in shapes.items()}
    return inputs | {"timestep": torch.full((rows,), 500.0, device=place)}
