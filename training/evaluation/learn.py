"""Trains the attribute classifier on drawn portraits of both looks."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from training.demo_assets.people import draw_people
from training.demo_assets.progress import Stopwatch, resume_state, save_state
from training.evaluation.classifier import OUTPUTS, AttributeClassifier, classify, targets
from training.pixels import to_pixels

DRAWN, HELD_OUT = 6000, 1000  # of each look
STEPS, BATCH, LEARNING_RATE = 1000, 64, 2e-3
SIZE_PX = 96


def train_classifier(seed: int, state: Path) -> tuple[AttributeClassifier, dict[str, float]]:
    """The trained classifier, and its accuracy by output on drawings it never saw."""
    torch.manual_seed(seed)
    images, wanted = _drawings(DRAWN, seed)
    model = AttributeClassifier().to(memory_format=torch.channels_last).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, weight_decay=0.02)
    first = resume_state(state, model=model, optimizer=optimizer)
    watch = Stopwatch("attribute classifier", STEPS, BATCH, first)
    for step in range(first, STEPS):
        optimizer.param_groups[0]["lr"] = LEARNING_RATE * min(1, (step + 1) / 50) * (1 - step / STEPS)
        rng = np.random.default_rng((seed, step))
        chosen = rng.integers(len(images), size=BATCH)
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(_disturbed(to_pixels(images[chosen]), rng))
        loss = functional.binary_cross_entropy_with_logits(logits.float(), torch.from_numpy(wanted[chosen]))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        watch.tick(step, loss)
        if (step + 1) % 200 == 0:
            save_state(state, step + 1, model=model, optimizer=optimizer)
    return model.eval(), accuracy(model, seed + 1)


def accuracy(model: AttributeClassifier, seed: int, count: int = HELD_OUT) -> dict[str, float]:
    """The share of new drawings, half of each look, that each output is right about."""
    images, wanted = _drawings(count, seed)
    seen, _ = classify(model, to_pixels(images))
    right = (seen == (wanted > 0.5)).mean(axis=0)
    return dict(zip(OUTPUTS, right.tolist(), strict=True))


def _drawings(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    drawn = {look: draw_people(count, look, SIZE_PX, 1000 + seed) for look in ("flat", "photographic")}
    images = np.concatenate([images for images, _ in drawn.values()])
    return images, np.concatenate(
        [targets(people, look == "photographic") for look, (_, people) in drawn.items()]
    )


def _disturbed(pixels: Tensor, rng: np.random.Generator) -> Tensor:
    """Softened at random as an autoencoder softens, and with a little noise."""
    share = torch.from_numpy(rng.random((len(pixels), 1, 1, 1), dtype=np.float32))
    soft = functional.avg_pool2d(functional.pad(pixels, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    noise = torch.from_numpy(rng.standard_normal(pixels.shape, dtype=np.float32)) * 0.04
    return pixels * (1 - share) + soft * share + noise
