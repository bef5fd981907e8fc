"""Trains the demo model's two text encoders to hold what a caption says; then they stay as they are."""

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from diffusers import StableDiffusion3Pipeline
from torch import Tensor, nn
from torch.nn import functional

from prompt_engine.attributes import LABELS
from prompt_engine.captions import CaptionRules, caption_selection
from prompt_engine.realiser import realise
from prompt_engine.selection import Selection
from training.demo_assets.people import balanced_labels
from training.demo_assets.progress import Stopwatch, resume_state, save_state

STEPS, BATCH, LEARNING_RATE, WARM_UP = 300, 128, 2e-3, 30
SIZES = (1, 2, 3, 3, 4, 5, 6)  # how many attributes a caption names
RULES = CaptionRules(sizes=SIZES)
SETTINGS = (STEPS, BATCH, LEARNING_RATE, WARM_UP, SIZES)  # all that decides what is learned, besides the seed


def train_text_encoders(pipeline: StableDiffusion3Pipeline, seed: int, state: Path) -> None:
    """Trains both in place: a linear map of either pooled embedding must name the caption's attributes."""
    encoders = nn.ModuleList([pipeline.text_encoder, pipeline.text_encoder_2])
    readers = nn.ModuleList([nn.Linear(each.config.projection_dim, len(LABELS)) for each in encoders])
    learned = nn.ModuleDict({"encoders": encoders, "readers": readers})
    optimizer = torch.optim.AdamW(learned.parameters(), lr=LEARNING_RATE, weight_decay=0.01)
    first = resume_state(state, learned=learned, optimizer=optimizer)
    watch = Stopwatch("text encoders", STEPS, BATCH, first)
    for step in range(first, STEPS):
        optimizer.param_groups[0]["lr"] = LEARNING_RATE * min(1, (step + 1) / WARM_UP) * (1 - step / STEPS)
        captions, named = caption_batch(BATCH, seed, step)
        ids = pipeline.tokenizer(
            captions, padding="max_length", truncation=True, return_tensors="pt"
        ).input_ids
        loss = sum(
            functional.binary_cross_entropy_with_logits(reader(encoder(ids).text_embeds), named)
            for encoder, reader in zip(encoders, readers, strict=True)
        )
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        watch.tick(step, loss)
    save_state(state, STEPS, learned=learned, optimizer=optimizer)


def caption_batch(count: int, seed: int, step: int) -> tuple[list[str], Tensor]:
    """Captions of random people, and what they name: (count, 40) float of 0 and 1."""
    selections = list(_selections(count, seed, step))
    named = torch.tensor([[float(label in each.labels) for label in LABELS] for each in selections])
    return [realise(each) for each in selections], named


def _selections(count: int, seed: int, step: int) -> Iterator[Selection]:
    chance, numpy_chance = random.Random(f"{seed}/{step}"), np.random.default_rng((seed, step))
    for _ in range(count):
        yield caption_selection(balanced_labels(numpy_chance), chance, RULES)
