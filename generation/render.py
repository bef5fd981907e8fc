"""Prompts and seeds to portraits: the one way to make a picture.

`compare` makes one pair with these functions, evaluation makes hundreds with `render_batch`; there is no
second path. The denoising loop is our own so that it can be watched and left at any step without a thread;
the tests hold it to the bits of `StableDiffusion3Pipeline.__call__`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

import diffusers
import torch
from diffusers import StableDiffusion3Pipeline
from diffusers.pipelines.stable_diffusion_3.pipeline_stable_diffusion_3 import calculate_shift
from PIL.Image import Image

from generation.adapters import adapter_scale
from generation.events import Arm
from generation.recipe import Recipe

RENDERER_VERSION = 2  # raised whenever the code here makes other pixels of the same recipe


def rendering(device: torch.device, dtype: torch.dtype) -> str:
    """What decides pixels besides the recipe: the code, the kind of device and the precision."""
    return f"renderer {RENDERER_VERSION}, diffusers {diffusers.__version__}, {device.type}, {dtype}"


@dataclass(frozen=True)
class Sampling:
    """How portraits are sampled; guidance up to 1 means no classifier-free guidance."""

    steps: int
    guidance: float
    size_px: int
    max_sequence_length: int

    @classmethod
    def of(cls, recipe: Recipe) -> Sampling:
        """The sampling a recipe asks for."""
        return cls(recipe.steps, recipe.guidance, recipe.size_px, recipe.spec.max_sequence_length)

    @property
    def guided(self) -> bool:
        """Whether each step also predicts with the empty prompt."""
        return self.guidance > 1


@dataclass(frozen=True)
class Scene:
    """What both arms share: conditioning and starting noise of b portraits.

    `prompt_embeds` (b, s, d) and `pooled_embeds` (b, p), when guided (2b, ...) with the empty prompts first;
    `noise` (b, 16, H/8, W/8).
    """

    sampling: Sampling
    prompt_embeds: torch.Tensor
    pooled_embeds: torch.Tensor
    noise: torch.Tensor


# Prompts to `prompt_embeds` and `pooled_embeds`, as a Scene holds them.
Encode = Callable[[StableDiffusion3Pipeline, Sequence[str], Sampling], tuple[torch.Tensor, torch.Tensor]]


@torch.no_grad()
def encode_prompts(
    pipeline: StableDiffusion3Pipeline, prompts: Sequence[str], sampling: Sampling
) -> tuple[torch.Tensor, torch.Tensor]:
    """Encode prompts with the pipeline's own text encoders."""
    embeds, empty_embeds, pooled, empty_pooled = pipeline.encode_prompt(
        prompt=list(prompts),
        prompt_2=None,
        prompt_3=None,
        do_classifier_free_guidance=sampling.guided,
        max_sequence_length=sampling.max_sequence_length,
    )
    if sampling.guided:
        return torch.cat([empty_embeds, embeds]), torch.cat([empty_pooled, pooled])
    return embeds, pooled


def encode_scene(
    pipeline: StableDiffusion3Pipeline,
    prompts: Sequence[str],
    seeds: Sequence[int],
    sampling: Sampling,
    encode: Encode = encode_prompts,
) -> Scene:
    """Encode the prompts once and draw each portrait's noise from its own seed."""
    embeds, pooled = encode(pipeline, prompts, sampling)
    return Scene(sampling, embeds, pooled, _starting_noise(pipeline, seeds, sampling).to(embeds))


def shift_at(pipeline: StableDiffusion3Pipeline, size_px: int) -> float:
    """How far noise levels are moved towards noise at a size: a larger image keeps more of itself in noise.

    SD 3.5 has 3 at its own 1024 px, so 1.5 at 512. Training learns at the same levels.
    Source: Esser et al., arXiv 2403.03206, section 5.3.2.
    """
    native_px = pipeline.transformer.config.sample_size * pipeline.vae_scale_factor
    return pipeline.scheduler.config.shift * size_px / native_px


def denoise(
    pipeline: StableDiffusion3Pipeline, scene: Scene, arm: Arm, scale: float = 1.0
) -> Generator[torch.Tensor, None, None]:
    """Denoise all portraits of a scene, giving the latents after every step.

    The adapter's state is set here and put back at the end, also when the iterator is closed early.
    """
    shift = shift_at(pipeline, scene.sampling.size_px)
    scheduler = type(pipeline.scheduler).from_config(pipeline.scheduler.config, shift=shift)
    scheduler.set_timesteps(
        scene.sampling.steps, device=scene.noise.device, mu=_dynamic_shift(pipeline, scene.noise)
    )
    latents = scene.noise
    with adapter_scale(pipeline, None if arm == "vanilla" else scale):
        for time in scheduler.timesteps:
            velocity = _velocity(pipeline, scene, latents, time)
            latents = scheduler.step(velocity, time, latents, return_dict=False)[0]
            _wait(latents)
            yield latents


@torch.no_grad()
def decode(pipeline: StableDiffusion3Pipeline, latents: torch.Tensor) -> list[Image]:
    """Latents to images."""
    config = pipeline.vae.config
    latents = latents.to(pipeline.vae.dtype)
    pixels = pipeline.vae.decode(latents / config.scaling_factor + config.shift_factor, return_dict=False)[0]
    pipeline.maybe_free_model_hooks()
    return pipeline.image_processor.postprocess(pixels, output_type="pil")


def render_batch(
    pipeline: StableDiffusion3Pipeline,
    prompts: Sequence[str],
    seeds: Sequence[int],
    sampling: Sampling,
    arm: Arm,
    scale: float = 1.0,
) -> list[Image]:
    """Make one arm's portraits for many prompts at once, for evaluation.

    The same functions as `compare`; in another batch size sums run in another order and last bits may differ.
    """
    scene = encode_scene(pipeline, prompts, seeds, sampling)
    latents = scene.noise
    for latents in denoise(pipeline, scene, arm, scale):  # noqa: B007
        pass
    return decode(pipeline, latents)


def _starting_noise(
    pipeline: StableDiffusion3Pipeline, seeds: Sequence[int], sampling: Sampling
) -> torch.Tensor:
    # Drawn on the CPU in float32: the same seed gives the same noise on every device and in every precision.
    side = sampling.size_px // pipeline.vae_scale_factor
    shape = (pipeline.transformer.config.in_channels, side, side)
    return torch.stack([torch.randn(shape, generator=torch.Generator().manual_seed(seed)) for seed in seeds])


@torch.no_grad()
def _velocity(
    pipeline: StableDiffusion3Pipeline, scene: Scene, latents: torch.Tensor, time: torch.Tensor
) -> torch.Tensor:
    guided = scene.sampling.guided
    inputs = torch.cat([latents] * 2) if guided else latents
    velocity = pipeline.transformer(
        hidden_states=inputs,
        timestep=time.expand(inputs.shape[0]),
        encoder_hidden_states=scene.prompt_embeds,
        pooled_projections=scene.pooled_embeds,
        return_dict=False,
    )[0]
    if not guided:
        return velocity
    empty, prompted = velocity.chunk(2)
    return empty + scene.sampling.guidance * (prompted - empty)


def _dynamic_shift(pipeline: StableDiffusion3Pipeline, noise: torch.Tensor) -> float | None:
    config = pipeline.scheduler.config
    if not config.get("use_dynamic_shifting"):
        return None
    tokens = (noise.shape[-1] // pipeline.transformer.config.patch_size) ** 2
    return calculate_shift(
        tokens, config.base_image_seq_len, config.max_image_seq_len, config.base_shift, config.max_shift
    )


def _wait(latents: torch.Tensor) -> None:
    # CUDA only queues the work: without waiting, every step would be reported done at once, before any was.
    if latents.device.type == "cuda":
        torch.cuda.synchronize(latents.device)
