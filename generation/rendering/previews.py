"""Previews: small images of what portraits will about look like, while they are denoised."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache

import torch
from diffusers import AutoencoderTiny, StableDiffusion3Pipeline
from PIL import Image

from generation.models import ModelSpec
from generation.rendering.denoising import Step
from generation.rendering.preview_maps import PreviewMap, preview_map

EVERY_S = 0.2  # the least time between two previews
SHARE = 0.02  # of the time so far may be spent on them, but for the first
LARGEST_PX = 256
TINY_AUTOENCODER = "madebyollin/taesd3"

Decode = Callable[[torch.Tensor], torch.Tensor]


class Previewer:
    """Makes previews of all portraits of a batch: one after the first step, and then as time allows.

    With TAESD3, where that is in the Hub's cache and the model is an SD 3.5; else by a linear map.
    """

    def __init__(
        self,
        pipeline: StableDiffusion3Pipeline,
        spec: ModelSpec,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._pipeline = pipeline
        self._spec = spec
        self._clock = clock
        self._started = clock()
        self._spent_s = 0.0
        self._last_s: float | None = None

    def images(self, step: Step) -> list[Image.Image]:
        """A preview of each portrait; none where it is too early for others."""
        now = self._clock()
        if not self._due(now):
            return []
        pixels = self._decode(step.latents)(step.foreseen)
        images = [_image(each) for each in pixels]
        self._last_s = self._clock()
        self._spent_s += self._last_s - now
        return images

    def _due(self, now: float) -> bool:
        if self._last_s is None:
            return True
        return now - self._last_s >= EVERY_S and self._spent_s <= SHARE * (now - self._started)

    def _decode(self, latents: torch.Tensor) -> Decode:
        tiny = None if self._spec.bundled else _tiny_decode(latents.device, latents.dtype)
        return tiny or linear_decode(preview_map(self._spec.key))


def linear_decode(table: PreviewMap) -> Decode:
    """Latents (b, 16, h, w) to pixels (b, 3, h, w), about -1 to 1, by a map of colours."""

    def decode(latents: torch.Tensor) -> torch.Tensor:
        factors = latents.new_tensor(table.factors, dtype=torch.float32)
        bias = latents.new_tensor(table.bias, dtype=torch.float32)
        return torch.einsum("bchw,cd->bdhw", latents.float(), factors) + bias[:, None, None]

    return decode


@lru_cache(1)
def _tiny_decode(device: torch.device, dtype: torch.dtype) -> Decode | None:
    try:
        tiny = AutoencoderTiny.from_pretrained(TINY_AUTOENCODER, dtype=dtype, local_files_only=True)
    except (OSError, ValueError):  # it is not in the cache
        return None
    tiny.to(device).eval()

    @torch.no_grad()
    def decode(latents: torch.Tensor) -> torch.Tensor:
        return tiny.decode(latents, return_dict=False)[0]

    return decode


def _image(pixels: torch.Tensor) -> Image.Image:
    levels = ((pixels.float() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
    image = Image.fromarray(levels.movedim(0, -1).cpu().numpy())
    image.thumbnail((LARGEST_PX, LARGEST_PX))
    return image
