"""What is estimated is held to what a real step takes, on models that a processor can train."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from bitsandbytes.nn import Linear4bit
from diffusers import SD3Transformer2DModel
from torch.utils.flop_counter import FlopCounterMode

from generation.loading.quantized import load_quantized
from tests.training.estimate.real_step import build_learner, peak_bytes, random_batch
from training.attention import training_attention
from training.base_model import chosen_model, weightless_transformer
from training.config import ModelConfig, TrainingConfig
from training.config_file import build_config
from training.estimate.estimate import Estimate, estimate
from training.learning import Learner, predict_velocity
from training.lora import learning_parameters

SIZE_PX, TOKENS, IMAGES = 128, 77 + 256, 4


def config_of(model: Path, optimizer: str = "adamw", **run: Any) -> TrainingConfig:
    return build_config(
        {
            "model": {"key": "medium", "folder": str(model)},
            "data": {"size_px": SIZE_PX},
            "lora": {"rank": 16},
            "optimizer": {"name": optimizer, "learning_rate": 1.0 if optimizer == "prodigy" else 1e-4},
            "run": {"batch_size": IMAGES, **run},
        }
    )


def close(expected: Estimate, learner: Learner, images: int, size_px: int, tokens: int) -> bool:
    measured = peak_bytes(learner, random_batch(learner.model, images, size_px, tokens))
    memory = expected.memory
    return memory.activations + memory.gradients == pytest.approx(measured, rel=0.15)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("checkpointing", [False, True])
def test_activations_are_within_15_percent(small_model: Path, precision: str, checkpointing: bool) -> None:
    config = config_of(small_model, precision=precision, gradient_checkpointing=checkpointing)
    assert close(estimate(config, "cpu"), build_learner(small_model, config), IMAGES, SIZE_PX, TOKENS)


def test_activations_are_within_15_percent_with_dora_and_frozen_blocks(small_model: Path) -> None:
    config = config_of(small_model)
    lora = build_config({"lora": {"rank": 8, "dora": True, "preset": "photographic"}}).lora
    config = TrainingConfig(config.model, config.data, lora=lora, run=config.run)
    assert close(estimate(config, "cpu"), build_learner(small_model, config), IMAGES, SIZE_PX, TOKENS)


@pytest.mark.parametrize("checkpointing", [False, True])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_activations_are_within_15_percent_on_a_base_in_four_bits(
    small_model: Path, precision: str, checkpointing: bool
) -> None:
    config = config_of(small_model, precision=precision, gradient_checkpointing=checkpointing)
    config = replace(config, model=replace(config.model, quantization="nf4"))
    assert close(estimate(config, "cpu"), build_learner(small_model, config), IMAGES, SIZE_PX, TOKENS)


def test_activations_of_the_demo_model_are_within_15_percent(demo_model: Path) -> None:
    config = build_config({"lora": {"rank": 32}, "run": {"batch_size": 8, "precision": "bfloat16"}})
    assert close(estimate(config, "cpu"), build_learner(demo_model, config), 8, 96, 77)


@pytest.mark.parametrize("optimizer", ["adamw", "adamw_8bit", "prodigy"])
def test_adapter_and_optimizer_are_exact(small_model: Path, optimizer: str) -> None:
    config = config_of(small_model, optimizer)
    learner = build_learner(small_model, config)
    expected = estimate(config, "cpu")
    learner.gradients(random_batch(learner.model, 1, 64, 8))
    learner.update(1e-4)
    parameters = learning_parameters(learner.model).values()
    assert expected.learned_weights == sum(each.numel() for each in parameters)
    assert expected.memory.adapter == sum(each.nbytes for each in parameters)
    assert expected.memory.optimizer == remembered_bytes(learner.optimizer)


def remembered_bytes(optimizer: torch.optim.Optimizer) -> int:
    """All tensors of the state but the tables that 8-bit AdamW has once for all parameters."""
    return sum(
        value.nbytes
        for state in optimizer.state.values()
        for key, value in state.items()
        if isinstance(value, torch.Tensor) and not key.startswith("qmap")
    )


def test_a_quantized_base_is_as_small_as_expected(small_model: Path) -> None:
    spec = chosen_model(config_of(small_model))
    folder = small_model / "transformer"
    transformer = load_quantized(weightless_transformer(spec), folder, torch.device("cpu"), torch.float32)
    layers = [each for each in transformer.modules() if isinstance(each, Linear4bit)]
    states = [each.weight.quant_state for each in layers]
    scales = sum(each.absmax.nbytes + each.state2.absmax.nbytes for each in states)
    everything = [*transformer.parameters(), *transformer.buffers()]
    config = TrainingConfig(ModelConfig("medium", str(small_model), "nf4"), lora=config_of(small_model).lora)
    expected = estimate(config, "cpu").memory.base
    assert expected == pytest.approx(sum(each.nbytes for each in everything) + scales, rel=0.01)


def test_the_base_is_exact(small_model: Path) -> None:
    transformer = SD3Transformer2DModel.from_pretrained(small_model, subfolder="transformer")
    everything = [*transformer.parameters(), *transformer.buffers()]
    expected = estimate(config_of(small_model), "cpu")
    assert expected.memory.base == sum(each.nbytes for each in everything)
    assert expected.base_weights == sum(each.numel() for each in everything)


@pytest.mark.parametrize("checkpointing", [False, True])
def test_the_work_is_exact(small_model: Path, checkpointing: bool) -> None:
    config = config_of(small_model, gradient_checkpointing=checkpointing)
    learner = build_learner(small_model, config)
    batch = random_batch(learner.model, IMAGES, SIZE_PX, TOKENS)
    with training_attention("cpu"), FlopCounterMode(display=False) as counter:
        predict_velocity(learner.model, batch, 1000, "float32").square().mean().backward()
    # With checkpointing the second pass ends before each block's last products: nobody needs their results.
    tolerance = 0.1 if checkpointing else 1e-9
    assert estimate(config, "cpu").pace.step_operations == pytest.approx(
        counter.get_total_flops(), rel=tolerance
    )
