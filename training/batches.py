"""What one step learns from: a pure function of the configuration, the step and the samples it falls on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import torch

from training.config import RunConfig
from training.dataset import Example
from training.embeddings import Latents, TextEmbeddings
from training.flow_matching import NoiseLevels
from training.randomness import generator

NO_CAPTION = ""


@dataclass(frozen=True)
class Draw:
    """What chance decides for one sample at one step."""

    caption: str
    sigma: torch.Tensor
    noise: torch.Tensor


@dataclass(frozen=True)
class Batch:
    """The samples of one step on one process; row i of everything belongs to `ids[i]`."""

    ids: tuple[int, ...]
    captions: tuple[str, ...]
    latents: torch.Tensor
    noise: torch.Tensor
    sigma: torch.Tensor
    prompt_embeds: torch.Tensor
    pooled_embeds: torch.Tensor

    def to(self, device: torch.device) -> Batch:
        """The same batch on a device; from pinned memory nobody waits for the copy."""
        moved = {name: getattr(self, name).to(device, non_blocking=True) for name in _TENSORS}
        return replace(self, **moved)

    def pinned(self, device: torch.device) -> Batch:
        """The same batch in memory that a GPU copies from by itself."""
        with torch.cuda.device(device):  # a thread of its own would open the first GPU too
            return replace(self, **{name: getattr(self, name).pin_memory() for name in _TENSORS})

    def part(self, start: int, stop: int) -> Batch:
        """The samples from `start` up to and without `stop`."""
        return Batch(**{name: value[start:stop] for name, value in vars(self).items()})


_TENSORS = ("latents", "noise", "sigma", "prompt_embeds", "pooled_embeds")


def sample_positions(size: int, batch_size: int, seed: int, step: int) -> list[int]:
    """Which rows a step falls on: epoch after epoch, each in its own order, every row once an epoch."""
    start = step * batch_size
    return [_order(size, seed, place // size)[place % size] for place in range(start, start + batch_size)]


@lru_cache(maxsize=2)
def _order(size: int, seed: int, epoch: int) -> list[int]:
    return torch.randperm(size, generator=generator(seed, "order", epoch)).tolist()


def draw(example: Example, shape: Sequence[int], run: RunConfig, levels: NoiseLevels, step: int) -> Draw:
    """Draw caption, sigma and noise from (seed, step, sample id), whatever process or place it falls on."""
    chance = generator(run.seed, "draw", step, example.id)
    dropped = torch.rand((), generator=chance).item() < run.caption_dropout
    turn = int(torch.randint(len(example.captions), (), generator=chance))
    sigma = levels.draw(chance)
    noise = torch.randn(tuple(shape), generator=chance)
    return Draw(NO_CAPTION if dropped else example.captions[turn], sigma, noise)


@dataclass(frozen=True)
class Batches:
    """Examples with their latents and embeddings; gives any step's batch directly."""

    examples: Sequence[Example]
    latents: Latents
    text: TextEmbeddings
    run: RunConfig
    levels: NoiseLevels

    def batch(self, step: int, process: int = 0, processes: int = 1) -> Batch:
        """The share of one process of a step's batch, on the CPU."""
        positions = sample_positions(len(self.examples), self.run.batch_size, self.run.seed, step)[
            process::processes
        ]
        examples = [self.examples[position] for position in positions]
        latents = self.latents.take(positions)
        draws = [draw(example, latents.shape[1:], self.run, self.levels, step) for example in examples]
        captions = tuple(each.caption for each in draws)
        prompt_embeds, pooled_embeds = self.text.take(captions)
        return Batch(
            ids=tuple(example.id for example in examples),
            captions=captions,
            latents=latents,
            noise=torch.stack([each.noise for each in draws]),
            sigma=torch.cat([each.sigma for each in draws]),
            prompt_embeds=prompt_embeds,
            pooled_embeds=pooled_embeds,
        )
