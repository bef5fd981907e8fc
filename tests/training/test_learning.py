"""One step: the model is told the scheduler's own time and place, and is changed no more than allowed."""

from __future__ import annotations

from typing import Any

import torch
from accelerate import Accelerator
from diffusers import FlowMatchEulerDiscreteScheduler

from training.batches import Batch
from training.flow_matching import flow_matching_loss
from training.learning import Learner, predict_velocity


class Scaling(torch.nn.Module):
    """Answers with its input times a weight, and remembers what it was asked."""

    def __init__(self, weight: float = 0.0) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor([weight]))
        self.asked: dict[str, Any] = {}

    def forward(self, **asked: Any) -> tuple[torch.Tensor]:
        self.asked = asked
        return (self.weight * asked["hidden_states"],)


def batch_at(sigma: torch.Tensor) -> Batch:
    generator = torch.Generator().manual_seed(0)
    latents, noise = (torch.randn(len(sigma), 16, 4, 4, generator=generator) for _ in range(2))
    nothing = torch.zeros(0)
    return Batch((0,) * len(sigma), ("",) * len(sigma), latents, noise, sigma, nothing, nothing)


def test_the_model_learns_at_the_times_and_points_that_the_scheduler_will_show_it() -> None:
    scheduler = FlowMatchEulerDiscreteScheduler(shift=3.0)
    scheduler.set_timesteps(5)
    model, batch = Scaling(), batch_at(scheduler.sigmas[:-1])
    predict_velocity(model, batch, scheduler.config.num_train_timesteps, "float32")
    torch.testing.assert_close(model.asked["timestep"], scheduler.timesteps)
    on_the_path = scheduler.scale_noise(batch.latents, scheduler.timesteps, batch.noise)
    torch.testing.assert_close(model.asked["hidden_states"], on_the_path)


def test_what_is_learned_is_the_velocity_with_which_the_scheduler_walks_to_the_latents() -> None:
    scheduler = FlowMatchEulerDiscreteScheduler(shift=3.0)
    scheduler.set_timesteps(1)
    batch = batch_at(torch.tensor([0.5]))
    velocity = batch.noise - batch.latents
    reached = scheduler.step(velocity, scheduler.timesteps[0], batch.noise, return_dict=False)[0]
    torch.testing.assert_close(reached, batch.latents)
    assert flow_matching_loss(velocity, batch.latents, batch.noise).item() == 0.0


def test_a_step_is_no_longer_than_the_largest_gradient_allowed() -> None:
    def step_length(limit: float) -> float:
        model = Scaling(100.0)
        # Plain descent at rate 1: the step is the gradient itself.
        learner = Learner(Accelerator(), model, torch.optim.SGD(model.parameters()), 1000, "float32", limit)
        _, norm = learner.gradients(batch_at(torch.tensor([0.2, 0.8])))
        assert norm > 10
        learner.update(learning_rate=1.0)
        return abs(model.weight.item() - 100.0)

    assert abs(step_length(0.5) - 0.5) < 1e-3
    assert step_length(1e6) > 10
