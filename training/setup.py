"""From a configuration to everything a run works with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from accelerate import Accelerator
from diffusers import SD3Transformer2DModel, StableDiffusion3Pipeline
from diffusers.training_utils import EMAModel

from generation.recipe import Recipe
from generation.rendering.denoising import shift_at
from training.acceleration import accelerate_blocks
from training.base_model import chosen_model, load_base
from training.batches import Batch, Batches
from training.config import TrainingConfig
from training.errors import RunError
from training.flow_matching import NoiseLevels
from training.held_out import HeldOut
from training.learned import Learned
from training.learning import Learner, velocity_loss
from training.lora import adapted_layers, attach_lora, describe_layers, learning_parameters
from training.optimizers import build_optimizer
from training.preparation.prepare import Prepared, prepare
from training.processes import shares_out, spread
from training.progress import Say
from training.record import build_record
from training.validation import Validation, encoded_before


@dataclass(frozen=True)
class Parts:
    """What the loop works with; the transformer is the pipeline's own, with the adapter on it."""

    pipeline: StableDiffusion3Pipeline
    batches: Batches
    learner: Learner
    learned: Learned
    validation: Validation
    record: dict[str, Any]

    @property
    def transformer(self) -> SD3Transformer2DModel:
        return self.pipeline.transformer

    @property
    def material(self) -> dict[str, Any]:
        """What the configuration only points to, exactly: the faces one by one, besides engine and base."""
        recorded = {key: self.record[key] for key in ("engine_version", "base_model")}
        return {**recorded, "faces": self.record["faces"]["fingerprint"]}


def set_up(config: TrainingConfig, accelerator: Accelerator, recipes: Sequence[Recipe], say: Say) -> Parts:
    """Prepare what is missing, load the model, put the adapter on, and make the optimizer."""
    _check_batch(config, accelerator)
    spec = chosen_model(config)
    prepared = prepare(config, accelerator, say)
    pipeline = load_base(config, spec, accelerator.device)
    own_shift = shift_at(pipeline, config.data.size_px or spec.size_px)
    levels = NoiseLevels(config.objective, config.objective.shift or own_shift)
    batches = Batches(prepared.examples, prepared.latents, prepared.text, config.run, levels)
    learned = _attach(config, pipeline, accelerator, say)
    learner = _learner(config, pipeline, learned, accelerator)
    validation = _validation(config, pipeline, recipes, prepared, learner)
    record = build_record(config, spec, prepared, levels)
    return Parts(pipeline, batches, learner, learned, validation, record)


def _attach(
    config: TrainingConfig, pipeline: StableDiffusion3Pipeline, accelerator: Accelerator, say: Say
) -> Learned:
    transformer = pipeline.transformer
    adapted = attach_lora(transformer, config.lora, config.run.seed)
    parameters = learning_parameters(transformer)
    count = sum(each.numel() for each in parameters.values())
    say(f"LoRA of rank {config.lora.rank} on {adapted} layers, {count:,} weights to learn, all float32")
    for line in describe_layers(adapted_layers(pipeline.transformer)):
        say(f"  {line}")
    optimizer = build_optimizer(parameters.values(), config.optimizer, accelerator.device)
    decay = config.run.ema_decay
    average = EMAModel(list(parameters.values()), decay=decay, foreach=True) if decay else None
    return Learned(parameters, optimizer, average)


def _learner(
    config: TrainingConfig, pipeline: StableDiffusion3Pipeline, learned: Learned, accelerator: Accelerator
) -> Learner:
    accelerate_blocks(pipeline.transformer, config.run)
    return Learner(
        accelerator,
        spread(pipeline.transformer, config.run, accelerator),
        learned.optimizer,
        timesteps=pipeline.scheduler.config.num_train_timesteps,
        precision=config.run.precision,
        max_gradient_norm=config.optimizer.max_gradient_norm,
        micro_batch_size=config.run.micro_batch_size,
        shared_out=shares_out(config.run, accelerator),
    )


def _validation(
    config: TrainingConfig,
    pipeline: StableDiffusion3Pipeline,
    recipes: Sequence[Recipe],
    prepared: Prepared,
    learner: Learner,
) -> Validation:
    def loss_of(batch: Batch) -> torch.Tensor:
        return velocity_loss(pipeline.transformer, batch, learner.timesteps, learner.precision)

    unseen, held_out = prepared.held_out, None
    if len(unseen.examples):
        held_out = HeldOut(unseen.examples, unseen.latents, unseen.text, config.run.seed)
    device = learner.accelerator.device
    return Validation(pipeline, recipes, encoded_before(prepared.text), held_out, loss_of, device)


def _check_batch(config: TrainingConfig, accelerator: Accelerator) -> None:
    processes, size = accelerator.num_processes, config.run.batch_size
    if size % processes:
        raise RunError(f"run.batch_size = {size} cannot be shared by {processes} processes: use a multiple")
    share, micro = size // processes, config.run.micro_batch_size
    if micro and share % micro:
        raise RunError(
            f"run.micro_batch_size = {micro} does not divide the {share} samples that each of {processes} "
            f"processes works on in a step (run.batch_size = {size}): use a divisor"
        )
