"""The adapter on the transformer: where it goes, put on, checked, and read as tensors."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import torch
from diffusers import SD3Transformer2DModel
from diffusers.models.attention import JointTransformerBlock
from diffusers.training_utils import cast_training_params
from peft import LoraConfig, get_peft_model_state_dict
from torch import nn

from generation.adapters.attached import ADAPTER_NAME
from prompt_engine.seeds import derived_seed
from training.config import Layers, LoraSettings
from training.errors import LoraError

BLOCKS = "transformer_blocks"
# Every linear layer of a joint block but the modulation: image stream, text stream, and the second
# attention that only SD 3.5 Medium has, in its first blocks.
TARGETS: dict[str, tuple[str, ...]] = {
    "attention": (
        *("attn.to_q", "attn.to_k", "attn.to_v", "attn.to_out.0"),
        *("attn2.to_q", "attn2.to_k", "attn2.to_v", "attn2.to_out.0"),
    ),
    "context": ("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj", "attn.to_add_out"),
    "feed_forward": ("ff.net.0.proj", "ff.net.2", "ff_context.net.0.proj", "ff_context.net.2"),
}


def target_layers(transformer: SD3Transformer2DModel, layers: Layers) -> list[str]:
    """The full names of all the layers that were asked for, block by block, but those without an effect.

    Raises:
        LoraError: every block is frozen, or a block lacks one of them.
    """
    learning = len(transformer.transformer_blocks) - frozen_blocks(transformer, layers)
    if learning <= 0:
        raise LoraError(
            f"lora.frozen_share = {layers.frozen_share:g} freezes all "
            f"{len(transformer.transformer_blocks)} blocks, so nothing would be learned: lower it"
        )
    names = [
        f"{BLOCKS}.{index}.{suffix}"
        for index, block in enumerate(transformer.transformer_blocks[:learning])
        for group in layers.targets
        for suffix in _effective(block, group)
    ]
    _check_linear(transformer, names, layers.targets)
    return names


def frozen_blocks(transformer: SD3Transformer2DModel, layers: Layers) -> int:
    """How many of the last blocks stay as they are: the share of all, rounded up."""
    share = layers.frozen_share * len(transformer.transformer_blocks)
    return math.ceil(round(share, 6))  # rounded first: 0.1 of 30 is 3, not 3.0000000000000004


def describe_layers(names: Iterable[str]) -> list[str]:
    """Adapted layers in a few lines: the same layers of many blocks are one."""
    blocks: dict[str, list[int]] = {}
    for name in names:
        _, index, suffix = name.split(".", 2)
        blocks.setdefault(suffix, []).append(int(index))
    suffixes: dict[str, list[str]] = {}
    for suffix, indices in blocks.items():
        suffixes.setdefault(_ranges(sorted(indices)), []).append(suffix)
    return [f"{BLOCKS}.{ranges}: {', '.join(found)}" for ranges, found in suffixes.items()]


def largest_rank(transformer: SD3Transformer2DModel, groups: Iterable[str]) -> int:
    """The rank above which an adapter of these groups is refused when it is loaded: the narrowest width."""
    layers = (transformer.get_submodule(name) for name in target_layers(transformer, Layers(tuple(groups))))
    # Not the weight's shape: a quantised weight is packed.
    return min(min(layer.in_features, layer.out_features) for layer in layers)


def attach_lora(transformer: SD3Transformer2DModel, settings: LoraSettings, seed: int) -> int:
    """Freeze the transformer, put a fresh float32 adapter on it, and give the number of adapted layers.

    Raises:
        LoraError: the transformer lacks layers that were asked for.
    """
    config = LoraConfig(
        r=settings.rank,
        lora_alpha=settings.rank if settings.alpha is None else settings.alpha,
        use_rslora=settings.rank_stabilised,
        use_dora=settings.dora,
        target_modules=target_layers(transformer, settings.layers),
    )
    transformer.requires_grad_(False)
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
    """The adapter's weights under peft's names, on the CPU, ready to be saved: alpha is the rank.

    Another scale is folded into B, because programs that ignore the metadata take it for 1.
    """
    tensors = get_peft_model_state_dict(transformer, adapter_name=ADAPTER_NAME)
    return {
        name: (tensor.detach() * _scale(transformer, name)).cpu().contiguous()
        for name, tensor in tensors.items()
    }


def _scale(transformer: nn.Module, name: str) -> float:
    layer, _, part = name.rpartition(".lora_")
    return transformer.get_submodule(layer).scaling[ADAPTER_NAME] if part.startswith("B.") else 1.0


def _effective(block: JointTransformerBlock, group: str) -> Iterator[str]:
    """The group's layers that this block should have, without those whose result is thrown away."""
    for suffix in TARGETS[group]:
        if suffix.startswith("attn2.") and not block.use_dual_attention:
            continue
        # The last block gives no text on: its text queries never get a gradient, and training on several
        # GPUs would wait for one; its text output and feed-forward do not exist.
        if block.context_pre_only and suffix.startswith(("attn.add_q_proj", "attn.to_add_out", "ff_context")):
            continue
        yield suffix


def _check_linear(transformer: nn.Module, names: Iterable[str], groups: Iterable[str]) -> None:
    modules = dict(transformer.named_modules())
    # A quantised layer is a linear one, too.
    if missing := [name for name in names if not isinstance(modules.get(name), nn.Linear)]:
        raise LoraError(
            f"lora.targets = {', '.join(groups)} asks for {missing[0]}, and {type(transformer).__name__} "
            "has no such linear layer: train on a Stable Diffusion 3.5, or leave that group out"
        )


def _ranges(numbers: list[int]) -> str:
    """Sorted numbers in short: 0-3,5."""
    starts = [number for number in numbers if number - 1 not in numbers]
    ends = [number for number in numbers if number + 1 not in numbers]
    spans = zip(starts, ends, strict=True)
    return ",".join(f"{start}-{end}" if end > start else f"{start}" for start, end in spans)


def _check_learning(transformer: nn.Module) -> None:
    learning = learning_parameters(transformer)
    wrong = [name for name, parameter in learning.items() if parameter.dtype != torch.float32]
    if wrong or not learning:
        found = f"{wrong[0]} is {learning[wrong[0]].dtype}" if wrong else "no weight learns"
        raise LoraError(
            f"LoRA weights must be float32 and learn, but {found}: small steps would be rounded away"
        )
