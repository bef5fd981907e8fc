"""The adapter on the transformer: put on, checked, and read as tensors."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from diffusers import SD3Transformer2DModel
from diffusers.training_utils import cast_training_params
from peft import LoraConfig, get_peft_model_state_dict
from torch import nn

from generation.adapters import ADAPTER_NAME
from prompt_engine.seeds import derived_seed
from training.config import LoraSettings
from training.errors import LoraError

# Every linear layer of a joint block but the modulation: image stream, text stream, and the second
# attention that only SD 3.5 Medium has. What a model lacks is left out.
TARGETS: dict[str, tuple[str, ...]] = {
    "attention": (
        *("attn.to_q", "attn.to_k", "attn.to_v", "attn.to_out.0"),
        *("attn2.to_q", "attn2.to_k", "attn2.to_v", "attn2.to_out.0"),
    ),
    "context": ("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj", "attn.to_add_out"),
    "feed_forward": ("ff.net.0.proj", "ff.net.2", "ff_context.net.0.proj", "ff_context.net.2"),
}


def target_layers(transformer: SD3Transformer2DModel, groups: Iterable[str]) -> list[str]:
    """The full names of the groups' layers that this transformer has and that have an effect.

    Raises:
        LoraError: it has none.
    """
    groups = tuple(groups)
    suffixes = tuple(f".{suffix}" for group in groups for suffix in TARGETS[group])
    without_effect = _layers_without_effect(transformer)
    targets = [
        name
        for name, module in transformer.named_modules()
        if isinstance(module, nn.Linear) and name.endswith(suffixes) and name not in without_effect
    ]
    if not targets:
        raise LoraError(
            f"{type(transformer).__name__} has no layer for lora.targets = {', '.join(groups)}: "
            "nothing would be learned"
        )
    return targets


def largest_rank(transformer: SD3Transformer2DModel, groups: Iterable[str]) -> int:
    """The rank above which an adapter of these groups is refused when it is loaded: the narrowest width."""
    layers = (transformer.get_submodule(name) for name in target_layers(transformer, groups))
    return min(min(layer.weight.shape) for layer in layers)


def attach_lora(transformer: SD3Transformer2DModel, settings: LoraSettings, seed: int) -> int:
    """Freeze the transformer, put a fresh float32 adapter on it, and give the number of adapted layers.

    Raises:
        LoraError: the transformer has none of the layers that were asked for.
    """
    targets = target_layers(transformer, settings.layers.targets)
    transformer.requires_grad_(False)
    # alpha = rank: programs that ignore the adapter's metadata then still scale it right.
    config = LoraConfig(r=settings.rank, lora_alpha=settings.rank, target_modules=targets)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derived_seed(seed, "lora"))
        transformer.add_adapter(config, adapter_name=ADAPTER_NAME)
    cast_training_params(transformer, torch.float32)
    _check_learning(transformer)
    return len(adapted_layers(transformer))


def adapted_layers(transformer: nn.Module) -> list[str]:
    """The names of the layers that carry the adapter."""
    return [
        name for name, module in transformer.named_modules() if ADAPTER_NAME in getattr(module, "lora_A", {})
    ]


def learning_parameters(transformer: nn.Module) -> dict[str, nn.Parameter]:
    """The adapter's parameters by name, always in the same order."""
    return {name: parameter for name, parameter in transformer.named_parameters() if parameter.requires_grad}


def adapter_tensors(transformer: nn.Module) -> dict[str, torch.Tensor]:
    """The adapter's weights under peft's names, on the CPU, ready to be saved."""
    tensors = get_peft_model_state_dict(transformer, adapter_name=ADAPTER_NAME)
    return {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}


def _layers_without_effect(transformer: SD3Transformer2DModel) -> list[str]:
    # The last block throws its text stream away: its text queries never get a gradient, and training on
    # several GPUs would wait for one.
    blocks = enumerate(transformer.transformer_blocks)
    return [
        f"transformer_blocks.{index}.attn.add_q_proj" for index, block in blocks if block.context_pre_only
    ]


def _check_learning(transformer: nn.Module) -> None:
    learning = learning_parameters(transformer)
    wrong = [name for name, parameter in learning.items() if parameter.dtype != torch.float32]
    if wrong or not learning:
        found = f"{wrong[0]} is {learning[wrong[0]].dtype}" if wrong else "no weight learns"
        raise LoraError(
            f"LoRA weights must be float32 and learn, but {found}: small steps would be rounded away"
        )
