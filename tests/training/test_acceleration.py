"""Memory for time, and time for memory: what is learned stays the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from bitsandbytes.nn import Linear4bit
from safetensors.torch import load_file

from generation.models import model_spec
from training.acceleration import accelerate_blocks
from training.base_model import chosen_model, load_base
from training.config import RunConfig, TrainingConfig
from training.loop import train
from training.lora import attach_lora
from training.metrics import read_metrics

MakeConfig = Callable[..., TrainingConfig]
ADAPTER = "pytorch_lora_weights.safetensors"


def silent(_line: str) -> None:
    pass


def learned_with(config: TrainingConfig) -> dict[str, torch.Tensor]:
    train(config, say=silent)
    return load_file(Path(config.run.output) / ADAPTER)


@pytest.mark.parametrize("setting", [{"run_gradient_checkpointing": True}, {"run_micro_batch_size": 1}])
def test_what_saves_memory_changes_nothing_that_is_learned(
    make_config: MakeConfig, setting: dict[str, object]
) -> None:
    plain = learned_with(make_config("plain", run_steps=2))
    saving = learned_with(make_config("saving", run_steps=2, **setting))
    torch.testing.assert_close(saving, plain, rtol=1e-4, atol=1e-6)


def test_each_block_is_compiled_on_its_own(make_config: MakeConfig) -> None:
    config = make_config()
    pipeline = load_base(config, chosen_model(config), torch.device("cpu"))
    attach_lora(pipeline.transformer, config.lora, seed=0)
    accelerate_blocks(pipeline.transformer, RunConfig(compile=True))
    compiled = [module for module in pipeline.transformer.modules() if module._compiled_call_impl is not None]
    assert compiled == list(pipeline.transformer.transformer_blocks)


def test_a_base_in_four_bits_is_small_and_learned_on(make_config: MakeConfig) -> None:
    config = make_config(
        model_quantization="nf4",
        data_count=2,
        run_steps=40,
        run_log_every=10,
        run_save_every=10,
        validation_every=20,
        validation_held_out=1,
        lora_rank=32,
        optimizer_schedule="constant",
    )
    base = load_base(config, chosen_model(config), torch.device("cpu")).transformer
    layers = {type(block.attn.to_q) for block in base.transformer_blocks}
    assert layers == {Linear4bit} and type(base.proj_out) is torch.nn.Linear
    full = sum(each.numel() for each in load_transformer_as_it_is(config).parameters()) * 4
    assert base.get_memory_footprint() < 0.4 * full
    train(config, say=silent)
    rows = read_metrics(Path(config.run.output))
    assert [row["step"] for row in rows if "held_out" in row] == [20, 40]
    losses = [row["loss"] for row in rows if "loss" in row]
    assert losses[-1] < 0.98 * losses[0]


def load_transformer_as_it_is(config: TrainingConfig) -> torch.nn.Module:
    plain = TrainingConfig(model=type(config.model)(folder=config.model.folder))
    return load_base(plain, chosen_model(plain), torch.device("cpu")).transformer


def test_a_model_with_all_three_text_encoders_is_trained_at_its_own_size(
    make_config: MakeConfig, small_sd35: Path
) -> None:
    spec = model_spec("medium")
    config = make_config(
        model_key="medium",
        model_folder=str(small_sd35),
        data_size_px=512,
        data_count=2,
        run_steps=2,
        run_batch_size=2,
        run_precision="bfloat16",
        validation_every=2,
        validation_prompts=["a woman with blond hair"],
        validation_steps=spec.steps_range[0],
        validation_held_out=1,
        run_gradient_checkpointing=True,
    )
    lines: list[str] = []
    assert train(config, say=lines.append) == 2
    assert any(".attn2." in line or "attn2.to_q" in line for line in lines)
    rows = [row for row in read_metrics(Path(config.run.output)) if "held_out" in row]
    assert [len(losses) for losses in rows[-1]["held_out"].values()] == [9, 9, 9]
    assert (Path(config.run.output) / "validation" / "step-000002.png").is_file()
