"""Trains the demo model's autoencoder on drawings of both looks and on textures, never on photographs."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL
from torch import Tensor
from torch.nn import functional

from training.demo_assets.progress import Stopwatch, resume_state, save_state
from training.pixels import to_pixels


@dataclass(frozen=True)
class AutoencoderSettings:
    """Crops are smaller than the images: the autoencoder is convolutional, and batches are more varied."""

    steps: int = 4000
    batch: int = 16
    crop_px: int = 48
    learning_rate: float = 1.5e-3
    kl_weight: float = 1e-4
    decoder_only: bool = False  # the latents stay as they are, and with them all that was learned from them
    seed: int = 0


def train_autoencoder(
    model: AutoencoderKL, images: np.ndarray, settings: AutoencoderSettings, state: Path
) -> None:
    """Trains `model` in place on (n, h, w, 3) uint8 `images`; goes on from `state` where there is one."""
    model.to(memory_format=torch.channels_last).train()
    if settings.decoder_only:
        model.encoder.requires_grad_(False)
    else:
        _quieten(model)
    learned = [each for each in model.parameters() if each.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=settings.learning_rate, betas=(0.9, 0.99), weight_decay=0.0)
    first = resume_state(state, model=model, optimizer=optimizer)
    watch = Stopwatch("autoencoder", settings.steps, settings.batch, first)
    for step in range(first, settings.steps):
        optimizer.param_groups[0]["lr"] = settings.learning_rate * warm_then_cosine(step, settings.steps)
        pixels = _crops(images, settings, step)
        loss = _reconstruction_loss(model, pixels, settings.kl_weight)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learned, 1.0)
        optimizer.step()
        watch.tick(step, loss)
        if (step + 1) % 500 == 0:
            save_state(state, step + 1, model=model, optimizer=optimizer)


def _quieten(model: AutoencoderKL) -> None:
    """Starts with little posterior noise: at torch's default it drowns the latents for long."""
    with torch.no_grad():
        model.encoder.conv_out.bias[model.config.latent_channels :] = -6.0


def warm_then_cosine(step: int, steps: int, warm_up: int = 100) -> float:
    """The share of the learning rate at `step`: up in a line, down in half a cosine."""
    return min(1.0, (step + 1) / warm_up) * (0.5 + 0.5 * float(np.cos(np.pi * step / steps))) + 1e-3


def _crops(images: np.ndarray, settings: AutoencoderSettings, step: int) -> Tensor:
    rng = np.random.default_rng((settings.seed, step))
    size, limit = settings.crop_px, images.shape[1] - settings.crop_px
    chosen, tops, lefts = (
        rng.integers(high, size=settings.batch) for high in (len(images), limit + 1, limit + 1)
    )
    crops = [images[i, y : y + size, x : x + size] for i, y, x in zip(chosen, tops, lefts, strict=True)]
    return to_pixels(
        np.stack(
            [c[:, ::-1] if flip else c for c, flip in zip(crops, rng.random(len(crops)) < 0.5, strict=True)]
        )
    )


def _reconstruction_loss(model: AutoencoderKL, pixels: Tensor, kl_weight: float) -> Tensor:
    with torch.autocast("cpu", torch.bfloat16):
        posterior = model.encode(pixels).latent_dist
        restored = model.decode(posterior.sample()).sample
    restored = restored.float()
    edges = sum(functional.l1_loss(restored.diff(dim=axis), pixels.diff(dim=axis)) for axis in (2, 3))
    squared = functional.mse_loss(restored, pixels)
    divergence = (
        0.5 * (posterior.mean.float() ** 2 + posterior.var.float() - 1 - posterior.logvar.float()).mean()
    )
    return functional.l1_loss(restored, pixels) + 2 * squared + 0.5 * edges + kl_weight * divergence


@torch.no_grad()
def set_latent_statistics(model: AutoencoderKL, images: np.ndarray) -> None:
    """Sets `shift_factor` and `scaling_factor` so that latents have mean 0 and deviation 1."""
    latents = torch.cat(
        [model.encode(to_pixels(images[i : i + 100])).latent_dist.mean for i in range(0, len(images), 100)]
    )
    model.register_to_config(shift_factor=latents.mean().item(), scaling_factor=1.0 / latents.std().item())


@torch.no_grad()
def psnr_db(model: AutoencoderKL, images: np.ndarray) -> float:
    """Mean peak signal-to-noise ratio in dB of (n, h, w, 3) uint8 images carried through `model`."""
    values = []
    for start in range(0, len(images), 100):
        pixels = to_pixels(images[start : start + 100])
        restored = model.decode(model.encode(pixels).latent_dist.mean).sample.clamp(-1, 1)
        error = ((restored - pixels) / 2).square().mean(dim=(1, 2, 3))
        values.append(-10 * torch.log10(error))
    return torch.cat(values).mean().item()
