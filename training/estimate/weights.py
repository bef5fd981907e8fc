"""What is held from the first step to the last: base, adapter, and what the optimizer remembers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil

import torch
from diffusers import SD3Transformer2DModel
from torch import nn

from generation.loading.placement import NF4_BYTES
from generation.loading.quantized import NEVER_QUANTIZED
from training.lora import learning_parameters

FLOAT32_BYTES = 4

# Source: bitsandbytes 0.50, optim/optimizer.py: smaller tensors keep float32 states; a scale for 256 values.
SMALLEST_8BIT = 4096
BLOCK_8BIT = 256


@dataclass(frozen=True)
class Weights:
    """The weights of a transformer with its adapter.

    Of the base: `quantizable` are those that nf4 packs, `widest` those of the largest such layer, `block`
    those of the largest block, `outside` those of no block.
    """

    base: int
    quantizable: int
    widest: int
    block: int
    outside: int
    learned: Mapping[str, int]

    @property
    def learned_bytes(self) -> int:
        """One copy of the adapter, as there is of its weights, its gradients and its average."""
        return FLOAT32_BYTES * sum(self.learned.values())

    def base_bytes(self, dtype: torch.dtype, quantization: str) -> int:
        """The frozen base: linear layers in 4 bits where quantized, all others as they are."""
        if quantization == "none":
            return self.base * dtype.itemsize
        return round(self.quantizable * NF4_BYTES) + (self.base - self.quantizable) * dtype.itemsize

    def unpacked_bytes(self, dtype: torch.dtype, quantization: str) -> int:
        """The one layer that is unpacked from 4 bits at a time."""
        return 0 if quantization == "none" else self.widest * dtype.itemsize

    def gathered_bytes(self, dtype: torch.dtype) -> int:
        """What a process holds of the other parts of a base that is shared out: two blocks, one ahead."""
        return (2 * self.block + self.outside) * dtype.itemsize


def count_weights(transformer: SD3Transformer2DModel) -> Weights:
    """Count parameters and buffers, the latter being the positions' embeddings."""
    sizes = {name: each.numel() for name, each in learning_parameters(transformer).items()}
    linears = [layer.weight.numel() for _, layer in quantizable_layers(transformer)]
    blocks = [_frozen(block) for block in transformer.transformer_blocks]
    everything = [*transformer.parameters(), *transformer.buffers()]
    base = sum(each.numel() for each in everything) - sum(sizes.values())
    return Weights(base, sum(linears), max(linears), max(blocks), base - sum(blocks), sizes)


def quantizable_layers(transformer: SD3Transformer2DModel) -> Iterator[tuple[str, nn.Linear]]:
    """The linear layers of the base that nf4 packs, by name; the adapter is on."""
    for name, module in list(transformer.named_modules()):
        frozen = isinstance(module, nn.Linear) and not module.weight.requires_grad
        if frozen and not name.startswith(NEVER_QUANTIZED):
            yield name, module


def _frozen(block: nn.Module) -> int:
    return sum(each.numel() for each in block.parameters() if not each.requires_grad)


def optimizer_bytes(learned: Mapping[str, int], optimizer: str) -> int:
    """What an optimizer remembers of parameters, by name, with so many weights each."""
    return sum(_remembered(name, size, optimizer) for name, size in learned.items())


def _remembered(name: str, size: int, optimizer: str) -> int:
    match optimizer:
        case "adamw_8bit":
            small = size < SMALLEST_8BIT
            return 2 * FLOAT32_BYTES * size if small else 2 * (size + FLOAT32_BYTES * ceil(size / BLOCK_8BIT))
        case "prodigy":  # two means, the sum its rate comes from, and where it began: B begins at 0
            began = 1 if ".lora_B." in name else size
            return FLOAT32_BYTES * (3 * size + began)
        case _:  # two means and the number of steps
            return FLOAT32_BYTES * (2 * size + 1)
