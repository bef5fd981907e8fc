"""What changes the weights: AdamW, AdamW with its state in 8 bits, or Prodigy, which finds its rate."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from types import ModuleType

import torch
from torch import nn
from torch.optim import Optimizer

from training.config import OptimizerConfig
from training.errors import ConfigError


def build_optimizer(
    parameters: Iterable[nn.Parameter], config: OptimizerConfig, device: torch.device
) -> Optimizer:
    """The optimizer of these parameters, all on `device`.

    Raises:
        ConfigError: the library that it comes from is not installed.
    """
    rate, betas, decay = config.learning_rate, (0.9, config.beta2), config.weight_decay
    match config.name:
        case "adamw_8bit":
            library = _library("bitsandbytes", config.name)
            return library.optim.AdamW8bit(parameters, lr=rate, betas=betas, weight_decay=decay)
        case "prodigy":
            library = _library("prodigyopt", config.name)
            return library.Prodigy(
                parameters,
                lr=rate,
                betas=betas,
                weight_decay=decay,
                use_bias_correction=True,
                safeguard_warmup=True,  # the warm-up must not be taken for a sign that the rate is too low
            )
        case _:
            fused = device.type == "cuda"
            return torch.optim.AdamW(parameters, lr=rate, betas=betas, weight_decay=decay, fused=fused)


def _library(name: str, optimizer: str) -> ModuleType:
    try:
        return import_module(name)
    except ImportError:
        raise ConfigError(
            [
                f"optimizer.name = {optimizer!r} needs the package {name}: "
                "install requirements-train.txt, or use adamw"
            ]
        ) from None
