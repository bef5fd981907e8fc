"""The check after every save: what would load as something else is found, and the check leaves no trace."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import SD3Transformer2DModel
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from tests.small_models import build_quantized_transformer, build_small_transformer
from training.adapter_check import SAVED_NAME, check_saved_adapter
from training.adapter_file import save_adapter
from training.config import LoraSettings
from training.errors import AdapterError
from training.lora import attach_lora, learning_parameters

Tensors = dict[str, torch.Tensor]
KEY = "transformer.transformer_blocks.0.attn.to_q.lora_B.weight"
LAST = "transformer.transformer_blocks.2.ff.net.2.lora_"


def learned(dora: bool = False, dtype: torch.dtype = torch.float32) -> SD3Transformer2DModel:
    torch.manual_seed(0)
    transformer = build_small_transformer().to(dtype)
    attach_lora(transformer, LoraSettings(rank=4, alpha=7.0, dora=dora), seed=0)
    for parameter in learning_parameters(transformer).values():
        parameter.data.add_(torch.randn(parameter.shape), alpha=0.05)
    return transformer


def rewrite(path: Path, change: Callable[[Tensors], Tensors], settings: dict[str, Any] | None = None) -> None:
    with safe_open(path, framework="pt") as file:
        metadata = dict(file.metadata())
    saved = {**json.loads(metadata["lora_adapter_metadata"]), **(settings or {})}
    save_file(change(load_file(path)), path, {**metadata, "lora_adapter_metadata": json.dumps(saved)})


def without(tensors: Tensors, part: str) -> Tensors:
    return {key: value for key, value in tensors.items() if part not in key}


BROKEN: dict[str, tuple[Callable[[Tensors], Tensors], dict[str, Any], str]] = {
    "other alpha": (lambda t: t, {"transformer.lora_alpha": 8}, "attn.to_q differs by 1.0e+00"),
    "other scaling": (lambda t: t, {"transformer.use_rslora": True}, "attn.to_q differs by"),
    "a layer left out": (lambda t: without(t, LAST), {}, "1 layers are trained but not saved"),
    "half a layer": (lambda t: without(t, f"{LAST}A"), {}, "is incomplete"),
    "a rounded weight": (lambda t: {**t, KEY: t[KEY].bfloat16().float()}, {}, "0.attn.to_q differs by"),
    "not a number": (lambda t: {**t, KEY: t[KEY] * torch.nan}, {}, "0.attn.to_q differs by nan"),
    "other width": (lambda t: {**t, KEY: t[KEY][:8].clone()}, {}, "cannot be loaded"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_file_that_is_not_the_trained_adapter_is_an_error(case: str, tmp_path: Path) -> None:
    change, settings, sentence = BROKEN[case]
    transformer = learned()
    path = save_adapter(transformer, tmp_path, {})
    rewrite(path, change, settings)
    before = state_of(transformer)
    with pytest.raises(AdapterError, match=sentence.replace("+", r"\+")):
        check_saved_adapter(transformer, path)
    assert_same(state_of(transformer), before)


def test_lost_magnitudes_are_an_error(tmp_path: Path) -> None:
    transformer = learned(dora=True)
    path = save_adapter(transformer, tmp_path, {})
    rewrite(path, lambda tensors: without(tensors, "magnitude"), {"transformer.use_dora": False})
    with pytest.raises(AdapterError, match="lost its magnitudes"):
        check_saved_adapter(transformer, path)


def test_weights_that_are_not_finite_never_replace_the_last_good_adapter(tmp_path: Path) -> None:
    transformer = learned()
    good = save_adapter(transformer, tmp_path, {}).read_bytes()
    next(iter(learning_parameters(transformer).values())).data.fill_(torch.inf)
    with pytest.raises(AdapterError, match="differs by nan"):
        save_adapter(transformer, tmp_path, {})
    assert [path.name for path in tmp_path.iterdir()] == ["pytorch_lora_weights.safetensors"]
    assert next(tmp_path.iterdir()).read_bytes() == good


@pytest.mark.parametrize("dora", [False, True])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_save_leaves_no_trace_in_the_middle_of_training(
    dtype: torch.dtype, dora: bool, tmp_path: Path
) -> None:
    transformer = learned(dora, dtype).train()
    for parameter in learning_parameters(transformer).values():
        parameter.grad = torch.ones_like(parameter)
    before = state_of(transformer)
    with warnings.catch_warnings(action="error"):
        save_adapter(transformer, tmp_path, {})
    assert_same(state_of(transformer), before)
    assert transformer.training
    assert not any(SAVED_NAME in name for name, _ in transformer.named_modules())


@pytest.mark.parametrize("dora", [False, True])
def test_an_adapter_of_a_model_of_four_bits_is_checked_too(dora: bool, tmp_path: Path) -> None:
    transformer = build_quantized_transformer(tmp_path / "base")
    attach_lora(transformer, LoraSettings(rank=4, alpha=7.0, dora=dora), seed=0)
    for parameter in learning_parameters(transformer).values():
        parameter.data.add_(torch.randn(parameter.shape), alpha=0.05)
    path = save_adapter(transformer, tmp_path, {})
    rewrite(path, lambda tensors: tensors, {"transformer.lora_alpha": 5})
    with pytest.raises(AdapterError, match="differs by"):
        check_saved_adapter(transformer, path)


def test_blocks_that_are_compiled_are_not_compiled_again(tmp_path: Path) -> None:
    transformer = learned()
    compiled = []

    def backend(graph: torch.fx.GraphModule, _inputs: list[torch.Tensor]) -> Callable[..., Any]:
        compiled.append(graph)
        return graph.forward

    for block in transformer.transformer_blocks:
        block.compile(backend=backend)
    save_adapter(transformer, tmp_path, {})
    assert not compiled


def state_of(transformer: SD3Transformer2DModel) -> dict[str, Any]:
    parameters = {
        name: (id(each), each.requires_grad, each.grad is not None, each.detach().clone())
        for name, each in transformer.named_parameters()
    }
    adapters = {
        name: (list(layer.active_adapters), dict(layer.scaling), layer.disable_adapters)
        for name, layer in transformer.named_modules()
        if hasattr(layer, "lora_A")
    }
    return {
        "parameters": parameters,
        "adapters": adapters,
        "configurations": list(transformer.peft_config),
        "random": torch.get_rng_state(),
    }


def assert_same(now: dict[str, Any], before: dict[str, Any]) -> None:
    assert list(now["parameters"]) == list(before["parameters"])
    for name, (*state, value) in now["parameters"].items():
        *old_state, old_value = before["parameters"][name]
        assert state == old_state, name
        assert torch.equal(value, old_value), name
    assert now["adapters"] == before["adapters"]
    assert now["configurations"] == before["configurations"]
    assert torch.equal(now["random"], before["random"])
