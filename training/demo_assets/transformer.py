"""Trains the demo model's transformer from scratch on flat portraits and the prompt engine's captions."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL, StableDiffusion3Pipeline
from diffusers.training_utils import EMAModel
from torch import Tensor

from generation.models import model_spec
from prompt_engine.captions import caption_selection
from prompt_engine.realiser import realise
from training.attention import training_attention
from training.demo_assets.progress import Stopwatch, resume_state, save_state
from training.demo_assets.text_encoders import RULES
from training.flow_matching import flow_matching_loss, noisy_latents, sample_sigma
from training.pixels import to_pixels


@dataclass(frozen=True)
class TransformerSettings:
    """Nearly two hours on two cores; faces appear after 50,000 images, glasses and beards later."""

    steps: int = 9000
    batch: int = 64
    learning_rate: float = 1e-3
    warm_up: int = 200
    empty_captions: float = 0.1
    ema_decay: float = 0.998
    seed: int = 0


def train_transformer(
    pipeline: StableDiffusion3Pipeline,
    latents: Tensor,
    people: Sequence[frozenset[str]],
    settings: TransformerSettings,
    state: Path,
) -> None:
    """Trains in place on (n, 16, h, w) latents of people with those labels; leaves averaged weights."""
    model = pipeline.transformer.train()
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=settings.learning_rate, weight_decay=0.01, betas=(0.9, 0.99), fused=True
    )
    average = EMAModel(model.parameters(), decay=settings.ema_decay, foreach=True)
    first = resume_state(state, model=model, optimizer=optimizer, average=average)
    watch = Stopwatch("transformer", settings.steps, settings.batch, first)
    for step in range(first, settings.steps):
        optimizer.param_groups[0]["lr"] = settings.learning_rate * _share(step, settings)
        loss = _loss(pipeline, latents, people, settings, step)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        average.step(model.parameters())
        watch.tick(step, loss)
        if (step + 1) % 250 == 0 or step + 1 == settings.steps:
            save_state(state, step + 1, model=model, optimizer=optimizer, average=average)
    average.copy_to(model.parameters())
    model.eval()


def _share(step: int, settings: TransformerSettings) -> float:
    return min(1.0, (step + 1) / settings.warm_up) * (1 - step / settings.steps)


def _loss(
    pipeline: StableDiffusion3Pipeline,
    latents: Tensor,
    people: Sequence[frozenset[str]],
    settings: TransformerSettings,
    step: int,
) -> Tensor:
    chance = random.Random(f"{settings.seed}/{step}")
    generator = torch.Generator().manual_seed(chance.getrandbits(63))
    chosen = chance.choices(range(len(people)), k=settings.batch)
    captions = [_caption(people[i], chance, settings.empty_captions) for i in chosen]
    clean = latents[chosen].float()
    noise = torch.randn(clean.shape, generator=generator)
    sigma = sample_sigma(settings.batch, generator)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        prompt_embeds, _, pooled_embeds, _ = pipeline.encode_prompt(
            captions,
            captions,
            captions,
            do_classifier_free_guidance=False,
            max_sequence_length=model_spec("demo").max_sequence_length,
        )
    with training_attention("cpu"), torch.autocast("cpu", torch.bfloat16):
        velocity = pipeline.transformer(
            noisy_latents(clean, noise, sigma), encoder_hidden_states=prompt_embeds,
            pooled_projections=pooled_embeds, timestep=sigma * 1000, return_dict=False,
        )[0]  # fmt: skip
        return flow_matching_loss(velocity, clean, noise).mean()


def _caption(labels: frozenset[str], chance: random.Random, empty: float) -> str:
    return "" if chance.random() < empty else realise(caption_selection(labels, chance, RULES))


@torch.no_grad()
def encode_images(autoencoder: AutoencoderKL, images: np.ndarray) -> Tensor:
    """(n, h, w, 3) uint8 images → (n, 16, h/8, w/8) float16 latents after shift and scale."""
    config = autoencoder.config
    parts = []
    for start in range(0, len(images), 100):
        with torch.autocast("cpu", torch.bfloat16):
            mean = autoencoder.encode(to_pixels(images[start : start + 100])).latent_dist.mean.float()
        parts.append(((mean - config.shift_factor) * config.scaling_factor).half())
    return torch.cat(parts).contiguous()
