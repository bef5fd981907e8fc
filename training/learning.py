"""One step of learning: batch in, adapter changed in place."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from accelerate import Accelerator
from torch import nn

from training.attention import training_attention
from training.batches import Batch
from training.flow_matching import flow_matching_loss, noisy_latents


@dataclass(frozen=True)
class Outcome:
    """How a step went; a skipped one changed nothing."""

    loss: float
    gradient_norm: float
    skipped: bool


def predict_velocity(model: nn.Module, batch: Batch, timesteps: int, precision: str) -> torch.Tensor:
    """The model's `velocity` (b, 16, h, w) for a batch on its device, in float32.

    `timesteps` is how many the scheduler counts from sigma 0 to sigma 1: the model is told the time in those.
    """
    device = batch.latents.device.type
    with training_attention(device), torch.autocast(device, torch.bfloat16, enabled=precision == "bfloat16"):
        velocity = model(
            hidden_states=noisy_latents(batch.latents, batch.noise, batch.sigma),
            timestep=batch.sigma * timesteps,
            encoder_hidden_states=batch.prompt_embeds,
            pooled_projections=batch.pooled_embeds,
            return_dict=False,
        )[0]
    return velocity.float()


@dataclass(frozen=True)
class Learner:
    """The model that learns, its optimizer, and how careful to be."""

    accelerator: Accelerator
    model: nn.Module
    optimizer: torch.optim.Optimizer
    timesteps: int
    precision: str
    max_gradient_norm: float

    def learn(self, batch: Batch, learning_rate: float) -> Outcome:
        """Change the adapter by one batch, in place; leave it alone when the gradient is not finite."""
        velocity = predict_velocity(self.model, batch, self.timesteps, self.precision)
        loss = flow_matching_loss(velocity, batch.latents, batch.noise).mean()
        self.accelerator.backward(loss)
        norm = float(self._clip())
        finite = torch.isfinite(torch.tensor(norm)).item()
        if finite:
            self._update(learning_rate)
        self.optimizer.zero_grad(set_to_none=True)
        return Outcome(float(self.accelerator.reduce(loss.detach(), "mean")), norm, skipped=not finite)

    def _clip(self) -> torch.Tensor:
        parameters = [each for group in self.optimizer.param_groups for each in group["params"]]
        return nn.utils.clip_grad_norm_(parameters, self.max_gradient_norm)

    def _update(self, learning_rate: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate
        self.optimizer.step()
