"""What is denoised: prompts as embeddings, and noise drawn from seeds, which all arms share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from diffusers import StableDiffusion3Pipeline

from generation.recipe import Recipe
from generation.rendering.step_caching import StepCaching


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


def _starting_noise(
    pipeline: StableDiffusion3Pipeline, seeds: Sequence[int], sampling: Sampling
) -> torch.Tensor:
    # Drawn on the CPU in float32: the same seed gives the same noise on every device and in every precision.
    side = sampling.size_px // pipeline.vae_scale_factor
    shape = (pipeline.transformer.config.in_channels, side, side)
    return torch.stack([torch.randn(shape, generator=torch.Generator().manual_seed(seed)) for seed in seeds])
