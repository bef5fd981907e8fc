"""The objective: straight paths, their velocity, and a loss that is zero only for it."""

import torch

from training.flow_matching import flow_matching_loss, noisy_latents, sample_sigma


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


def test_noise_levels_lie_between_0_and_1_around_the_middle() -> None:
    sigma = sample_sigma(4000, torch.Generator().manual_seed(0))
    assert sigma.min() > 0 and sigma.max() < 1
    assert abs(sigma.median().item() - 0.5) < 0.03
    assert ((sigma > 0.25) & (sigma < 0.75)).float().mean() > 0.65
