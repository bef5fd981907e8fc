"""The objective: straight paths, their velocity, a loss that is zero only for it, and the noise levels."""

import pytest
import torch
from diffusers import FlowMatchEulerDiscreteScheduler

from training.config import ObjectiveConfig
from training.flow_matching import (
    NoiseLevels,
    flow_matching_loss,
    noisy_latents,
    sample_sigma,
    shift_sigma,
)


def levels(shift: float = 1.0, count: int = 4000, **objective: object) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    drawn = NoiseLevels(ObjectiveConfig(**objective), shift)
    return torch.cat([drawn.draw(generator) for _ in range(count)])


def test_the_path_starts_at_the_latents_and_ends_at_the_noise() -> None:
    latents, noise = torch.randn(2, 16, 4, 4), torch.randn(2, 16, 4, 4)
    path = noisy_latents(latents, noise, torch.tensor([0.0, 1.0]))
    assert torch.equal(path[0], latents[0]) and torch.equal(path[1], noise[1])


def test_following_the_true_velocity_leads_from_noise_to_latents() -> None:
    latents, noise = torch.randn(1, 16, 4, 4), torch.randn(1, 16, 4, 4)
    sigma = torch.tensor([0.7])
    here = noisy_latents(latents, noise, sigma)
    assert torch.allclose(here - 0.7 * (noise - latents), latents, atol=1e-5)
    assert flow_matching_loss(noise - latents, latents, noise).item() == 0.0
    assert flow_matching_loss(torch.zeros_like(latents), latents, noise).item() > 0.5


def test_every_noise_level_counts_alike() -> None:
    """No hidden weight: the same error costs the same at every level."""
    latents, noise = torch.zeros(3, 16, 4, 4), torch.ones(3, 16, 4, 4)
    wrong = (noise - latents) + 0.5
    assert torch.equal(flow_matching_loss(wrong, latents, noise), torch.full((3,), 0.25))


def test_logit_normal_levels_lie_around_the_middle_and_move_with_their_mean() -> None:
    sigma = sample_sigma(4000, torch.Generator().manual_seed(0))
    assert sigma.min() > 0 and sigma.max() < 1
    assert abs(sigma.median().item() - 0.5) < 0.03
    assert ((sigma > 0.25) & (sigma < 0.75)).float().mean() > 0.65
    assert abs(levels(mean=1.0).median().item() - torch.sigmoid(torch.tensor(1.0)).item()) < 0.03
    assert levels(spread=0.2).std() < levels(spread=1.0).std() / 3


def test_uniform_levels_are_all_alike() -> None:
    counts = torch.histc(levels(sampling="uniform"), bins=4, min=0, max=1)
    assert (counts / 4000 - 0.25).abs().max() < 0.02


def test_mode_levels_favour_the_middle_and_reach_both_ends() -> None:
    sigma = levels(sampling="mode", mode_scale=1.29)
    counts = torch.histc(sigma, bins=5, min=0, max=1)
    assert counts[2] > 1.5 * counts[0] and counts[2] > 1.5 * counts[4]
    assert sigma.min() < 0.01 and sigma.max() > 0.99
    flat = torch.histc(levels(sampling="mode", mode_scale=0.0), bins=4, min=0, max=1)
    assert (flat / 4000 - 0.25).abs().max() < 0.02


@pytest.mark.parametrize("shift", [0.75, 1.5, 3.0])
def test_the_shift_is_the_one_that_validation_samples_with(shift: float) -> None:
    scheduler = FlowMatchEulerDiscreteScheduler(shift=shift)
    plain = FlowMatchEulerDiscreteScheduler(shift=1.0)
    torch.testing.assert_close(shift_sigma(plain.sigmas, shift), scheduler.sigmas)
    middle = shift / (1 + shift)
    assert abs(levels(shift=shift).median().item() - middle) < 0.03


def test_without_a_shift_the_levels_stay_to_the_bit() -> None:
    sigma = torch.rand(1000)
    assert torch.equal(shift_sigma(sigma, 1.0), sigma)
