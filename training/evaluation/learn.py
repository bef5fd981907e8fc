"""Trains the attribute classifier on faces and their labels; rare labels count as much as common ones."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from training.demo_assets.progress import Stopwatch, resume_state, save_state
from training.errors import Diverged
from training.evaluation.classifier import AttributeClassifier
from training.pixels import to_pixels

BATCH, LEARNING_RATE, WEIGHT_DECAY = 64, 2e-3, 0.02
LARGEST_WEIGHT = 10.0  # a label that five faces carry would else drown all others
LARGEST_SHIFT, LARGEST_SCALE, LARGEST_TURN = 0.08, 0.08, 0.10  # of half the picture; of its size; radians
COLOUR, NOISE = 0.2, 0.04


@dataclass(frozen=True)
class Lessons:
    """`images` (n, 96, 96, 3) uint8, and which outputs of the classifier each carries, (n, outputs) bool."""

    images: np.ndarray
    carried: np.ndarray


def train_classifier(
    model: AttributeClassifier, lessons: Lessons, steps: int, seed: int, state: Path | None = None
) -> AttributeClassifier:
    """Train `model` in place; with `state`, a stopped training goes on from there.

    Raises:
        Diverged: it ended in weights that are no numbers.
    """
    model = model.to(memory_format=torch.channels_last).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    first = resume_state(state, model=model, optimizer=optimizer) if state else 0
    watch = Stopwatch("attribute classifier", steps, BATCH, first)
    weights, wanted = class_weights(lessons.carried), torch.from_numpy(lessons.carried).float()
    for step in range(first, steps):
        optimizer.param_groups[0]["lr"] = LEARNING_RATE * min(1, (step + 1) / 50) * (1 - step / steps)
        rng = np.random.default_rng((seed, step))
        chosen = rng.integers(len(lessons.images), size=BATCH)
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(disturbed(to_pixels(lessons.images[chosen]), rng)).float()
        aim = wanted[chosen]
        loss = functional.binary_cross_entropy_with_logits(logits, aim, torch.where(aim > 0, *weights))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        watch.tick(step, loss)
        if state and (step + 1) % 200 == 0:
            save_state(state, step + 1, model=model, optimizer=optimizer)
    if not all(torch.isfinite(each).all() for each in model.parameters()):
        raise Diverged(f"The classifier's weights stopped being numbers within {steps:,} steps: use fewer.")
    return model.eval()


def class_weights(carried: np.ndarray) -> tuple[Tensor, Tensor]:
    """The weights of faces with and without each label, so that both count alike: two of (outputs,)."""
    share = carried.mean(axis=0).clip(1e-6, 1 - 1e-6)
    weights = [np.minimum(0.5 / part, LARGEST_WEIGHT) for part in (share, 1 - share)]
    return torch.from_numpy(weights[0]).float(), torch.from_numpy(weights[1]).float()


def disturbed(pixels: Tensor, rng: np.random.Generator) -> Tensor:
    """Mirrored, moved, tinted, and softened as an autoencoder softens, at random, with a little noise."""
    pixels = _tinted(_moved(pixels, rng), rng)
    share = torch.from_numpy(rng.random((len(pixels), 1, 1, 1), dtype=np.float32))
    soft = functional.avg_pool2d(functional.pad(pixels, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    noise = torch.from_numpy(rng.standard_normal(pixels.shape, dtype=np.float32)) * NOISE
    return pixels * (1 - share) + soft * share + noise


def _moved(pixels: Tensor, rng: np.random.Generator) -> Tensor:
    turn = rng.uniform(-LARGEST_TURN, LARGEST_TURN, len(pixels))
    size = 1 + rng.uniform(-LARGEST_SCALE, LARGEST_SCALE, len(pixels))
    mirror = rng.choice([-1.0, 1.0], len(pixels))
    x, y = rng.uniform(-LARGEST_SHIFT, LARGEST_SHIFT, (2, len(pixels)))
    rows = [[mirror * size * np.cos(turn), -size * np.sin(turn), x]]
    rows += [[mirror * size * np.sin(turn), size * np.cos(turn), y]]
    grid = functional.affine_grid(
        torch.from_numpy(np.array(rows)).permute(2, 0, 1).float(), list(pixels.shape), align_corners=False
    )
    return functional.grid_sample(pixels, grid, padding_mode="reflection", align_corners=False)


def _tinted(pixels: Tensor, rng: np.random.Generator) -> Tensor:
    gain = torch.from_numpy(1 + rng.uniform(-COLOUR, COLOUR, (len(pixels), 1, 1, 1)))
    tint = torch.from_numpy(rng.uniform(-COLOUR / 2, COLOUR / 2, (len(pixels), 3, 1, 1)))
    return (pixels * gain.float() + tint.float()).clamp(-1, 1)
