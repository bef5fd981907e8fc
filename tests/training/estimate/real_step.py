"""A real step of learning, and the memory that it took according to PyTorch's own allocator."""

from __future__ import annotations

from pathlib import Path

import torch
from accelerate import Accelerator
from diffusers import SD3Transformer2DModel
from torch.profiler import ProfilerActivity, profile

from generation.loading.pipelines import build_weightless_transformer
from generation.loading.quantized import load_quantized
from training.acceleration import accelerate_blocks
from training.attention import training_attention
from training.batches import Batch
from training.config import TrainingConfig
from training.learning import Learner
from training.lora import attach_lora, learning_parameters
from training.optimizers import build_optimizer


def build_learner(folder: Path, config: TrainingConfig) -> Learner:
    """The model of a repository with a fresh adapter, on the CPU."""
    transformer = load_transformer(folder, config)
    attach_lora(transformer, config.lora, seed=0)
    accelerate_blocks(transformer, config.run)
    parameters = learning_parameters(transformer).values()
    optimizer = build_optimizer(parameters, config.optimizer, torch.device("cpu"))
    accelerator = Accelerator(cpu=True)
    return Learner(accelerator, transformer.train(), optimizer, 1000, config.run.precision, 1.0)


def load_transformer(folder: Path, config: TrainingConfig) -> SD3Transformer2DModel:
    """The transformer of a repository in float32, in 4 bits where the configuration says so."""
    if config.model.quantization == "none":
        return SD3Transformer2DModel.from_pretrained(folder, subfolder="transformer")
    weightless = build_weightless_transformer(folder)
    return load_quantized(weightless, folder / "transformer", torch.device("cpu"), torch.float32)


def random_batch(transformer: SD3Transformer2DModel, images: int, size_px: int, tokens: int) -> Batch:
    """Noise of the right shapes."""
    settings, side = transformer.config, size_px // 8
    latents, noise = (torch.randn(images, settings.in_channels, side, side) for _ in range(2))
    return Batch(
        ids=tuple(range(images)),
        captions=("",) * images,
        latents=latents,
        noise=noise,
        sigma=torch.rand(images),
        prompt_embeds=torch.randn(images, tokens, settings.joint_attention_dim),
        pooled_embeds=torch.randn(images, settings.pooled_projection_dim),
    )


def peak_bytes(learner: Learner, batch: Batch) -> int:
    """The most memory that one step allocated at once; weights are there before and do not count."""
    measuring = profile(activities=[ProfilerActivity.CPU], profile_memory=True)
    with training_attention("cpu"), measuring as profiler:
        learner.gradients(batch)
    events = [each for each in profiler.profiler.kineto_results.events() if each.name() == "[memory]"]
    now = peak = 0
    for event in sorted(events, key=lambda each: each.start_ns()):
        now += event.nbytes()
        peak = max(peak, now)
    return peak
