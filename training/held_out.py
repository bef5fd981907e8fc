"""The loss of faces that are not learned from, at nine fixed noise levels and always with the same noise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch

from training.batches import Batch
from training.dataset import Example
from training.embeddings import Latents, TextEmbeddings
from training.randomness import generator

SIGMAS = tuple(level / 10 for level in range(1, 10))
BATCH_SIZE = 16

LossOf = Callable[[Batch], torch.Tensor]


@dataclass(frozen=True)
class HeldOut:
    """Faces that a run does not learn from, each with the first of its captions."""

    examples: Sequence[Example]
    latents: Latents
    text: TextEmbeddings
    seed: int

    def losses(self, loss_of: LossOf, device: torch.device) -> list[float]:
        """The mean loss at each of the levels; `loss_of` gives it for every sample of a batch."""
        with torch.no_grad():
            sums = [
                sum(float(loss_of(batch.to(device)).sum()) for batch in self._batches(sigma))
                for sigma in SIGMAS
            ]
        return [total / len(self.examples) for total in sums]

    def _batches(self, sigma: float) -> Iterator[Batch]:
        for start in range(0, len(self.examples), BATCH_SIZE):
            places = range(start, min(start + BATCH_SIZE, len(self.examples)))
            examples = [self.examples[place] for place in places]
            captions = tuple(example.captions[0] for example in examples)
            latents, (prompt_embeds, pooled_embeds) = self.latents.take(places), self.text.take(captions)
            yield Batch(
                ids=tuple(example.id for example in examples),
                captions=captions,
                latents=latents,
                noise=torch.stack([self._noise(example.id, latents.shape[1:]) for example in examples]),
                sigma=torch.full((len(examples),), sigma),
                prompt_embeds=prompt_embeds,
                pooled_embeds=pooled_embeds,
            )

    def _noise(self, face_id: int, shape: torch.Size) -> torch.Tensor:
        return torch.randn(tuple(shape), generator=generator(self.seed, "held out", face_id))
