"""From a configuration to what its run will need; no weight is loaded, and no number is exact."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import torch

from generation.loading.pipelines import placement
from generation.models import ModelSpec
from training.base_model import chosen_model
from training.config import TrainingConfig
from training.errors import TrainingError
from training.estimate.architectures import read_architecture
from training.estimate.measures import (
    GUIDED_IMAGES,
    Case,
    activations_bytes,
    decoding,
    prediction_bytes,
    weights_of,
    work,
)
from training.estimate.pace import SHARE_OF_RATE, Pace
from training.estimate.rehearsal import Shape, Work
from training.estimate.weights import optimizer_bytes
from training.held_out import BATCH_SIZE, SIGMAS
from training.memory import GIB

# What no rehearsal shows. On a GPU: the driver's context, and workspaces of the matrix and convolution
# libraries. On a processor: Python and its libraries. The share: what lies idle between tensors of different
# sizes.
CONTEXT_BYTES = round(0.5 * GIB)
RESERVE_BYTES = {"cuda": CONTEXT_BYTES + round(0.25 * GIB), "cpu": round(1.0 * GIB)}
RESERVE_SHARE = 0.06


@dataclass(frozen=True)
class Memory:
    """Bytes on the device, part by part; gradients and activations are gone while validation is under way."""

    base: int
    adapter: int
    optimizer: int
    average: int
    autoencoder: int
    gradients: int
    activations: int
    validation: int

    @property
    def held(self) -> int:
        """From the first step to the last."""
        return self.base + self.adapter + self.optimizer + self.average + self.autoencoder

    @property
    def used(self) -> int:
        """At the fullest moment of learning or of validation."""
        return self.held + max(self.gradients + self.activations, self.validation)


@dataclass(frozen=True)
class Estimate:
    """What a run will need, as far as can be said before it: memory of one process, and time."""

    config: TrainingConfig
    spec: ModelSpec
    device: str
    processes: int
    shared_out: bool
    base_weights: int
    learned_weights: int
    shape: Shape
    micro_steps: int
    memory: Memory
    pace: Pace

    @property
    def reserve_bytes(self) -> int:
        """What no rehearsal shows."""
        return _reserve_bytes(self.memory, self.device)

    @property
    def needed_bytes(self) -> int:
        """What has to be free."""
        return self.memory.used + self.reserve_bytes


def estimate(
    config: TrainingConfig,
    device: str = "cuda",
    processes: int = 1,
    shared_out: bool = False,
    rate: float | None = None,
) -> Estimate:
    """Estimate a run on a kind of device, "cuda" or "cpu".

    `shared_out`: each of several processes holds a part of the base. `rate`: operations a second of the
    device's matrix product; None where time is not asked for.

    Raises:
        TrainingError: the model or the device is not known, or what was asked for does not go on the model.
    """
    check_device(device)
    spec = chosen_model(config)
    case, shape = _work_at_once(config, spec, device, processes)
    share = ceil(config.run.batch_size / processes)
    weights = weights_of(case)
    return Estimate(
        config=config,
        spec=spec,
        device=device,
        processes=processes,
        shared_out=shared_out,
        base_weights=weights.base,
        learned_weights=sum(weights.learned.values()),
        shape=shape,
        micro_steps=ceil(share / shape.images),
        memory=_memory(config, processes, shared_out, case, shape),
        pace=Pace(
            steps=config.run.steps,
            step_operations=share * _work(case, shape).of_step(shape.checkpointing),
            looking_operations=_looking_operations(config, spec, case, shape),
            share=SHARE_OF_RATE[device, config.run.compile],
            rate=rate,
            price_per_hour=config.tracking.price_per_hour,
        ),
    )


def needed_bytes(config: TrainingConfig, device: str, processes: int, shared_out: bool) -> int:
    """What of an estimate has to be free; quicker, because no time is asked for.

    Raises:
        TrainingError: as `estimate` would.
    """
    case, shape = _work_at_once(config, chosen_model(config), device, processes)
    memory = _memory(config, processes, shared_out, case, shape)
    return memory.used + _reserve_bytes(memory, device)


def check_device(device: str) -> None:
    """Make sure that what a kind of device needs can be said.

    Raises:
        TrainingError: it is neither a GPU that PyTorch uses through CUDA (or ROCm) nor a processor.
    """
    if device not in RESERVE_BYTES:
        raise TrainingError(
            f"Training goes on processors and on GPUs through CUDA, not on a device of kind {device!r}: "
            "set ACCELERATE_USE_CPU=true to train on the processor"
        )


def _work_at_once(config: TrainingConfig, spec: ModelSpec, device: str, processes: int) -> tuple[Case, Shape]:
    """The model as one process keeps it, and what of a step it works on at once."""
    run, share = config.run, ceil(config.run.batch_size / processes)
    dtype = torch.float32 if run.precision == "float32" else placement(device)[1]
    case = Case(read_architecture(spec), config.lora, device, dtype, config.model.quantization)
    images = min(run.micro_batch_size or share, share)
    shape = Shape(images, config.data.size_px or spec.size_px, run.precision, run.gradient_checkpointing)
    return case, shape


def _reserve_bytes(memory: Memory, device: str) -> int:
    return RESERVE_BYTES[device] + round(RESERVE_SHARE * memory.used)


def _memory(config: TrainingConfig, processes: int, shared_out: bool, case: Case, shape: Shape) -> Memory:
    weights = weights_of(case)
    base = weights.base_bytes(case.dtype, case.quantization)
    passing = weights.unpacked_bytes(case.dtype, case.quantization)
    if shared_out:
        base, passing = ceil(base / processes), weights.gathered_bytes(case.dtype)
    validation = config.validation
    pictures = bool(validation.every and validation.prompts)
    return Memory(
        base=base,
        adapter=weights.learned_bytes,
        optimizer=optimizer_bytes(weights.learned, config.optimizer.name),
        average=weights.learned_bytes if config.run.ema_decay else 0,
        autoencoder=decoding(case, shape.size_px).weights_bytes if pictures else 0,
        # Processes exchange gradients in a copy of them.
        gradients=weights.learned_bytes * (2 if processes > 1 else 1),
        activations=passing + activations_bytes(case, shape),
        validation=_looking_bytes(config, case, shape) + passing if validation.every else 0,
    )


def _looking_bytes(config: TrainingConfig, case: Case, shape: Shape) -> int:
    """Validation at its fullest: pictures, each guided, one by one; and many held-out faces at once."""
    faces = min(config.validation.held_out, BATCH_SIZE)
    losses = prediction_bytes(case, faces, shape.size_px, shape.precision) if faces else 0
    if not config.validation.prompts:
        return losses
    guided = prediction_bytes(case, GUIDED_IMAGES, shape.size_px, shape.precision)
    return max(losses, guided, decoding(case, shape.size_px).bytes)


def _work(case: Case, shape: Shape) -> Work:
    return work(case, shape.size_px, shape.precision)


def _looking_operations(config: TrainingConfig, spec: ModelSpec, case: Case, shape: Shape) -> float:
    """All looks at a run: pictures of both arms, and the loss at nine noise levels, of vanilla once."""
    validation = config.validation
    if not validation.every:
        return 0.0
    looks, forward = ceil(config.run.steps / validation.every), _work(case, shape).forward
    guidance = spec.guidance if validation.guidance is None else validation.guidance
    passes = (validation.steps or spec.steps) * (GUIDED_IMAGES if guidance > 1 else 1)
    pictures = 2 * looks * len(validation.prompts) * len(validation.seeds)
    losses = (looks + 1) * validation.held_out * len(SIGMAS)
    return pictures * (passes * forward + decoding(case, shape.size_px).operations) + losses * forward
