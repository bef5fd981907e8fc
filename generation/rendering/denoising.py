"""The denoising loop: our own, so that it can be watched and left at any step without a thread.

Portraits with different adapters can share its forwards; the tests hold it to
`StableDiffusion3Pipeline.__call__`.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

import torch
from diffusers import FlowMatchEulerDiscreteScheduler, SD3Transformer2DModel, StableDiffusion3Pipeline
from diffusers.pipelines.stable_diffusion_3.pipeline_stable_diffusion_3 import calculate_shift

from generation.adapters.rows import Row, adapter_rows
from generation.rendering.acceleration import quick_products
from generation.rendering.scene import Sampling, Scene
from generation.rendering.step_caching import step_caching


@dataclass(frozen=True)
class Step:
    """A denoising step that is done: `latents` after it, and the `velocity` by which they came there.

    Both (b, 16, H/8, W/8); `sigma` is how much noise is left, 0 to 1.
    """

    latents: torch.Tensor
    velocity: torch.Tensor
    sigma: float

    @property
    def foreseen(self) -> torch.Tensor:
        """The latents at the end, if the velocity stayed as it is."""
        return self.latents - self.sigma * self.velocity


def shift_at(pipeline: StableDiffusion3Pipeline, size_px: int) -> float:
    """How far noise levels are moved towards noise at a size: a larger image keeps more of itself in noise.

    SD 3.5 has 3 at its own 1024 px, so 1.5 at 512. Training learns at the same levels.
    Source: Esser et al., arXiv 2403.03206, section 5.3.2.
    """
    native_px = pipeline.transformer.config.sample_size * pipeline.vae_scale_factor
    return pipeline.scheduler.config.shift * size_px / native_px


def denoise(
    pipeline: StableDiffusion3Pipeline, scene: Scene, rows: Sequence[Row]
) -> Generator[Step, None, None]:
    """Denoise all portraits of a scene, each with the adapter of its row, telling of every step.

    Everything is set here and put back at the end, also when the iterator is closed early.
    """
    transformer, sampling = pipeline.transformer, scene.sampling
    scheduler = _build_scheduler(pipeline, scene)
    embeds = [_side_by_side(each, sampling) for each in (scene.prompt_embeds, scene.pooled_embeds)]
    latents = scene.noise
    with (
        adapter_rows(pipeline, [row for row in rows for _ in range(1 + sampling.guided)]),
        step_caching(transformer, sampling.step_caching, sampling.steps),
        quick_products(transformer),
    ):
        for time in scheduler.timesteps:
            velocity = _velocity(transformer, sampling, embeds, latents, time)
            latents = scheduler.step(velocity, time, latents, return_dict=False)[0]
            _wait(latents)
            yield Step(latents, velocity, float(scheduler.sigmas[scheduler.step_index]))


def _velocity(
    transformer: SD3Transformer2DModel,
    sampling: Sampling,
    embeds: Sequence[torch.Tensor],
    latents: torch.Tensor,
    time: torch.Tensor,
) -> torch.Tensor:
    inputs = latents.repeat_interleave(2, dim=0) if sampling.guided else latents
    prompt_embeds, pooled_embeds = embeds
    # Inference mode spares a CPU bookkeeping; on a GPU, weights that come only to work could not go again.
    with torch.inference_mode(inputs.device.type == "cpu"), torch.no_grad():
        velocity = transformer(
            hidden_states=inputs,
            timestep=time.expand(inputs.shape[0]),
            encoder_hidden_states=prompt_embeds,
            pooled_projections=pooled_embeds,
            return_dict=False,
        )[0]
    if not sampling.guided:
        return velocity
    empty, prompted = velocity[::2], velocity[1::2]
    return empty + sampling.guidance * (prompted - empty)


def _side_by_side(embeds: torch.Tensor, sampling: Sampling) -> torch.Tensor:
    """Each portrait's two embeddings as neighbours, the empty prompt's first: so are an adapter's rows."""
    return torch.stack(embeds.chunk(2), dim=1).flatten(0, 1) if sampling.guided else embeds


def _build_scheduler(pipeline: StableDiffusion3Pipeline, scene: Scene) -> FlowMatchEulerDiscreteScheduler:
    config, sampling = pipeline.scheduler.config, scene.sampling
    scheduler = type(pipeline.scheduler).from_config(config, shift=shift_at(pipeline, sampling.size_px))
    mu = _dynamic_shift(pipeline, scene.noise)
    scheduler.set_timesteps(sampling.steps, device=scene.noise.device, mu=mu)
    return scheduler


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
