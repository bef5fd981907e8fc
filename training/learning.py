"""One step of learning: batch in, adapter changed in place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch
from accelerate import Accelerator
from torch import nn

from training.attention import training_attention
from training.batches import Batch
from training.flow_matching import flow_matching_loss, noisy_latents
from training.processes import exchange_gradients


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


def velocity_loss(model: nn.Module, batch: Batch, timesteps: int, precision: str) -> torch.Tensor:
    """The loss of every sample, (b,) float32."""
    velocity = predict_velocity(model, batch, timesteps, precision)
    return flow_matching_loss(velocity, batch.latents, batch.noise)


@dataclass(frozen=True)
class Learner:
    """The model that learns, its optimizer, and how much it is given at once."""

    accelerator: Accelerator
    model: nn.Module
    optimizer: torch.optim.Optimizer
    timesteps: int
    precision: str
    max_gradient_norm: float
    micro_batch_size: int | None = None
    shared_out: bool = False

    def gradients(self, batch: Batch) -> tuple[float, float]:
        """Leave the gradient of a batch on the parameters; give loss and gradient norm over all processes.

        What is longer than `max_gradient_norm` is shortened to it; the norm told is the one before.
        """
        size, total = len(batch.ids), torch.zeros((), device=batch.latents.device)
        for part, last in self._parts(batch):
            # Around the way back too: what is not kept is computed again there.
            with self._alone(last), training_attention(batch.latents.device.type):
                loss = velocity_loss(self.model, part, self.timesteps, self.precision).sum() / size
                self.accelerator.backward(loss)
            total += loss.detach()
        if self.shared_out:
            exchange_gradients(self._parameters, self.accelerator)
        norm = self.accelerator.clip_grad_norm_(self._parameters, self.max_gradient_norm)
        return float(self.accelerator.reduce(total, "mean")), float(norm)

    def update(self, learning_rate: float) -> None:
        """Change the adapter by the gradient that lies on it."""
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate
        self.optimizer.step()
        self.forget()

    def forget(self) -> None:
        """Take the gradient off without learning from it."""
        self.optimizer.zero_grad(set_to_none=True)

    def _parts(self, batch: Batch) -> Iterator[tuple[Batch, bool]]:
        size = len(batch.ids)
        step = self.micro_batch_size or size
        for start in range(0, size, step):
            yield batch.part(start, start + step), start + step >= size

    def _alone(self, last: bool) -> AbstractContextManager[None]:
        # Processes exchange gradients once a step, with the last part.
        return nullcontext() if last or self.shared_out else self.accelerator.no_sync(self.model)

    @property
    def _parameters(self) -> list[nn.Parameter]:
        return [each for group in self.optimizer.param_groups for each in group["params"]]
