"""What training on a GPU must reach, and the rows that say whether it did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from bench.gpu_cards import peak_tflops
from bench.gpu_subject import Reached, Task, measure
from bench.table import Row
from generation.models import model_spec
from training.estimate.architectures import AUTOENCODER, CLIP_TOKENS, TRANSFORMERS, Architecture

GB = 1e9


@dataclass(frozen=True)
class Target:
    """What must be reached: so many images a second, or so little memory at its fullest."""

    what: str
    task: Task
    images_per_s: float | None = None
    peak_gb: float | None = None


def targets() -> tuple[Target, ...]:
    """Speed at a batch that fills the card, and memory at one image; figures are for an H100 or H200."""
    medium, large = architecture("medium"), architecture("large")
    detailed = Task(medium, 1024, images=3)
    small = Task(medium, 1024, images=1, checkpointing=True)
    large_small = Task(large, 512, images=1, checkpointing=True)
    return (
        Target("Medium, 512 px", Task(medium, 512, images=16), images_per_s=65.0),
        Target("Medium, 1024 px", detailed, images_per_s=11.5, peak_gb=40.0),
        Target("Medium, 1024 px, one image", small, peak_gb=8.0),
        Target("Large, 512 px", Task(large, 512, images=6), images_per_s=22.0),
        Target("Large, 512 px, one image", large_small, peak_gb=24.0),
    )


def architecture(key: str) -> Architecture:
    """The published shape, whether or not the model is on this machine."""
    return Architecture(TRANSFORMERS[key], AUTOENCODER, CLIP_TOKENS + model_spec(key).max_sequence_length)


def measure_targets(chosen: tuple[Target, ...], device: torch.device, card: str, steps: int) -> Iterator[Row]:
    """A row for every figure; what does not fit the card is said to be not measured."""
    for target in chosen:
        try:
            reached = measure(target.task, device, steps)
        except torch.OutOfMemoryError:
            yield from _rows(target, None, f"{target.task.images} at once do not fit {card}")
        else:
            yield from _rows(target, reached, _note(target.task, reached, card))


def _rows(target: Target, reached: Reached | None, note: str) -> Iterator[Row]:
    if target.images_per_s:
        taken_ms = 1000 / reached.images_per_s if reached else None
        yield Row(f"{target.what}: an image", 1000 / target.images_per_s, taken_ms, "ms", note)
    if target.peak_gb:
        peak_gb = reached.peak_bytes / GB if reached else None
        yield Row(f"{target.what}: memory", target.peak_gb, peak_gb, "GB", note)


def _note(task: Task, reached: Reached, card: str) -> str:
    peak = peak_tflops(card)
    share = f", {reached.tflops / peak:.0%} of the {peak:,.0f} of {card}" if peak else f" on {card}"
    return (
        f"{reached.images_per_s:,.1f} images/s, {task.images} at once, {reached.tflops:,.0f} TFLOP/s{share}; "
        f"{reached.peak_bytes / GB:.1f} GB at most, {reached.estimated_bytes / GB:.1f} estimated"
    )
