"""What it takes to turn latents into a picture, gone through without weights."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from diffusers import AutoencoderKL
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode

from training.config import LATENT_PX
from training.estimate.architectures import Settings
from training.estimate.live_memory import LiveMemory
from training.estimate.operations import Operations
from training.estimate.pretence import habits_of


@dataclass(frozen=True)
class Decoding:
    """The autoencoder's weights, the most that decoding one picture holds besides them, and the work."""

    weights_bytes: int
    bytes: int
    operations: float


def rehearse_decoding(settings: Settings, size_px: int, dtype: torch.dtype, device: str) -> Decoding:
    """Decode one picture of this size, without any numbers."""
    with torch.device("meta"):
        autoencoder = nn.Module.to(AutoencoderKL.from_config(settings), dtype)
    memory, counter = LiveMemory(), Operations()
    with torch.no_grad(), FakeTensorMode(allow_non_fake_inputs=True):
        autoencoder.to_empty(device="cpu")
        weights = [*autoencoder.parameters(), *autoencoder.buffers()]
        memory.leave_out(weights)
        side = size_px // LATENT_PX
        with counter, memory, habits_of(device):
            autoencoder.decode(torch.empty(1, settings["latent_channels"], side, side, dtype=dtype))
    held = sum(each.numel() * each.itemsize for each in weights)
    return Decoding(held, memory.peak_bytes, counter.total)
