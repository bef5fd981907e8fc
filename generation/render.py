"""Prompts and seeds to portraits: the one way to make a picture.

`compare` makes one pair with `scene`, `denoising` and `decode`, evaluation makes hundreds with
`render_batch`; there is no second path.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import diffusers
import torch
from diffusers import StableDiffusion3Pipeline
from PIL.Image import Image

from generation.adapters.attached import ADAPTER_NAME
from generation.adapters.rows import Row
from generation.events import Arm
from generation.rendering.denoising import denoise
from generation.rendering.scene import Encode, Sampling, encode_prompts, encode_scene

RENDERER_VERSION = 3  # raised whenever the code here makes other pixels of the same recipe
DECODED_PX = 1024 * 1024  # so much at once: an autoencoder takes more memory for it than all else

Layout = Literal["batched", "two passes"]  # of both arms


def rendering(
    device: torch.device, dtype: torch.dtype, layout: Layout = "batched", encoders: str | None = None
) -> str:
    """What decides pixels besides the recipe: the code, the kind of device, the precision, the layout.

    `encoders`: how the text encoders are kept, where that changes numbers (`Placement.other_numbers`).
    """
    code = f"renderer {RENDERER_VERSION}, diffusers {diffusers.__version__}"
    return ", ".join([code, device.type, str(dtype), layout, *([encoders] if encoders else [])])


def decode(pipeline: StableDiffusion3Pipeline, latents: torch.Tensor) -> list[Image]:
    """Latents to images."""
    pixels = decode_pixels(pipeline, latents)
    pipeline.maybe_free_model_hooks()
    return pipeline.image_processor.postprocess(pixels, output_type="pil")


@torch.no_grad()
def decode_pixels(pipeline: StableDiffusion3Pipeline, latents: torch.Tensor) -> torch.Tensor:
    """Latents to `pixels` (b, 3, H, W), about -1 to 1."""
    config, size_px = pipeline.vae.config, latents.shape[-1] * pipeline.vae_scale_factor
    latents = latents.to(pipeline.vae.dtype) / config.scaling_factor + config.shift_factor
    # With the channels last, convolutions of several at once are quicker.
    batches = latents.contiguous(memory_format=torch.channels_last).split(max(1, DECODED_PX // size_px**2))
    return torch.cat([pipeline.vae.decode(each, return_dict=False)[0] for each in batches])


def render_batch(
    pipeline: StableDiffusion3Pipeline,
    prompts: Sequence[str],
    seeds: Sequence[int],
    sampling: Sampling,
    arm: Arm,
    scale: float = 1.0,
    encode: Encode = encode_prompts,
) -> list[Image]:
    """Make one arm's portraits for many prompts at once, for evaluation.

    The same functions as `compare`; in another batch size sums run in another order and last bits may differ.
    """
    scene = encode_scene(pipeline, prompts, seeds, sampling, encode)
    rows = [row_of(arm, scale)] * len(prompts)
    for step in denoise(pipeline, scene, rows):  # noqa: B007
        pass
    return decode(pipeline, step.latents)


def row_of(arm: Arm, scale: float = 1.0, adapter: str = ADAPTER_NAME) -> Row:
    """What an arm is made with; `adapter` is the name under which it is attached."""
    return Row() if arm == "vanilla" else Row(adapter, scale)
