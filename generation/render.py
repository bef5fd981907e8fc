"""Prompts and seeds to portraits: the one way to make a picture.

`compare` makes one pair with these functions, evaluation makes hundreds with `render_batch`; there is no
second path. The denoising loop is our own so that it can be watched and left at any step without a thread,
and so that portraits with different adapters can share its forwards; the tests hold it to
`StableDiffusion3Pipeline.__call__`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import diffusers
import torch
from diffusers import FlowMatchEulerDiscreteScheduler, SD3Transformer2DModel, StableDiffusion3Pipeline
from diffusers.pipelines.stable_diffusion_3.pipeline_stable_diffusion_3 import calculate_shift
from PIL.Image import Image

from generation.acceleration import quick_products
from generation.adapter_rows import Row, adapter_rows
from generation.adapters import ADAPTER_NAME
from generation.events import Arm
from generation.recipe import Recipe
from generation.step_caching import StepCaching, step_caching

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


@dataclass(frozen=True)
class Sampling:
    """How portraits are sampled; guidance up to 1 means no classifier-free guidance."""

    steps: int
    guidance: float
    size_px: int
    max_sequence_length: int
    step_caching: StepCaching = None

    @classmethod
    def of(cls, recipe: Recipe) -> Sampling:
        """The sampling a recipe asks for."""
        length = recipe.spec.max_sequence_length
        return cls(recipe.steps, recipe.guidance, recipe.size_px, length, recipe.step_caching)

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

    def repeated(self, count: int) -> Scene:
        """The same portraits `count` times, one after another."""
        return replace(
            self,
            prompt_embeds=self._repeated(self.prompt_embeds, count),
            pooled_embeds=self._repeated(self.pooled_embeds, count),
            noise=self.noise.repeat(count, 1, 1, 1),
        )

    def _repeated(self, embeds: torch.Tensor, count: int) -> torch.Tensor:
        halves = embeds.chunk(2) if self.sampling.guided else [embeds]
        return torch.cat([half for half in halves for _ in range(count)])


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
        device=working_device(pipeline.text_encoder),
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


def working_device(part: torch.nn.Module) -> torch.device:
    """Where a part computes, wherever it lies meanwhile.

    As `_execution_device` of a pipeline, which looks at every module of all parts for it.
    """
    place = getattr(getattr(part, "_hf_hook", None), "execution_device", None)
    return next(part.parameters()).device if place is None else torch.device(place)


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


def _starting_noise(
    pipeline: StableDiffusion3Pipeline, seeds: Sequence[int], sampling: Sampling
) -> torch.Tensor:
    # Drawn on the CPU in float32: the same seed gives the same noise on every device and in every precision.
    side = sampling.size_px // pipeline.vae_scale_factor
    shape = (pipeline.transformer.config.in_channels, side, side)
    return torch.stack([torch.randn(shape, generator=torch.Generator().manual_seed(seed)) for seed in seeds])


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
