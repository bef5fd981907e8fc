"""A Stable Diffusion 3.5 with random weights that learns: it costs as much as with the real ones.

Batches come as in a run, from a store on disk by way of the thread that reads ahead.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from accelerate import Accelerator
from diffusers import SD3Transformer2DModel
from torch import nn

from bench.gpu_batches import random_batches
from generation.loading.pipelines import placement
from training.acceleration import accelerate_blocks
from training.batches import Batches
from training.config import LoraSettings, OptimizerConfig, RunConfig
from training.estimate.architectures import Architecture
from training.estimate.measures import Case, activations_bytes, weights_of, work
from training.estimate.rehearsal import Shape
from training.estimate.weights import optimizer_bytes
from training.learning import Learner
from training.lora import attach_lora, learning_parameters
from training.memory import GIB, peak_memory_gib
from training.optimizers import build_optimizer
from training.prefetch import Ahead

TIMESTEPS = 1000
OPTIMIZER = OptimizerConfig()
WARM_UP_STEPS = 3  # the first one compiles


@dataclass(frozen=True)
class Task:
    """So many images at once, of this size, with an adapter of this rank."""

    architecture: Architecture
    size_px: int
    images: int
    rank: int = 64
    checkpointing: bool = False
    compile: bool = True

    @property
    def run(self) -> RunConfig:
        """As the configuration of a run says it."""
        return RunConfig(
            batch_size=self.images,
            precision="bfloat16",
            gradient_checkpointing=self.checkpointing,
            compile=self.compile,
        )


@dataclass(frozen=True)
class Reached:
    """What was measured, and beside it the memory that the estimate had said."""

    images_per_s: float
    tflops: float
    peak_bytes: int
    estimated_bytes: int


def measure(task: Task, device: torch.device, steps: int) -> Reached:
    """Learn step after step; work that checkpointing does twice counts once."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device)
    learner = build_learner(task, device)
    with TemporaryDirectory() as folder:
        dtype = placement(device)[1]
        batches = random_batches(task.architecture, task.size_px, task.run, Path(folder), dtype)
        taken_s = _seconds(learner, batches, steps, device)
    images_per_s = steps * task.images / taken_s
    case = _case(task, device)
    operations = work(case, task.size_px, task.run.precision).of_step(checkpointing=False)
    peak_bytes = round(peak_memory_gib(device) * GIB)
    return Reached(images_per_s, images_per_s * operations / 1e12, peak_bytes, _estimated_bytes(task, case))


def build_learner(task: Task, device: torch.device) -> Learner:
    """The project's own learner, as a run builds it."""
    with torch.device("meta"):
        transformer = SD3Transformer2DModel.from_config(task.architecture.transformer)
    nn.Module.to(transformer, placement(device)[1]).to_empty(device=device)
    _fill(transformer)
    attach_lora(transformer, LoraSettings(rank=task.rank), seed=0)
    accelerate_blocks(transformer, task.run)
    parameters = learning_parameters(transformer).values()
    optimizer = build_optimizer(parameters, OPTIMIZER, device)
    accelerator = Accelerator(cpu=device.type == "cpu")
    limit = OPTIMIZER.max_gradient_norm
    return Learner(accelerator, transformer.train(), optimizer, TIMESTEPS, task.run.precision, limit)


@torch.no_grad()
def _fill(transformer: nn.Module) -> None:
    for tensor in [*transformer.parameters(), *transformer.buffers()]:
        tensor.normal_(std=0.02)


def _seconds(learner: Learner, batches: Batches, steps: int, device: torch.device) -> float:
    with Ahead(batches, device) as ahead:
        _learn(learner, ahead, range(WARM_UP_STEPS), device)
        began = time.perf_counter()
        _learn(learner, ahead, range(WARM_UP_STEPS, WARM_UP_STEPS + steps), device)
        return time.perf_counter() - began


def _learn(learner: Learner, ahead: Ahead, steps: range, device: torch.device) -> None:
    for step in steps:
        learner.gradients(ahead.take(step))
        learner.update(OPTIMIZER.learning_rate)
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _case(task: Task, device: torch.device) -> Case:
    return Case(task.architecture, LoraSettings(rank=task.rank), device.type, placement(device)[1])


def _estimated_bytes(task: Task, case: Case) -> int:
    weights = weights_of(case)
    shape = Shape(task.images, task.size_px, task.run.precision, task.checkpointing)
    held = weights.base_bytes(case.dtype, "none") + optimizer_bytes(weights.learned, OPTIMIZER.name)
    return held + 2 * weights.learned_bytes + activations_bytes(case, shape)
