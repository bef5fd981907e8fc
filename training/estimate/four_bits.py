"""Layers that treat what passes through them as layers in 4 bits do."""

from __future__ import annotations

import torch
from diffusers import SD3Transformer2DModel
from torch import nn

from training.estimate.weights import quantizable_layers

ADAPTED = ".base_layer"  # PEFT's name for the layer that an adapter was put on


class Pretended4bit(nn.Linear):
    """Computes in the type of its weights and gives back what it was given in, which may take twice as much.

    Source: bitsandbytes 0.50, nn/modules.py, Linear4bit; PEFT 0.19, lora/bnb.py, which copies the result.
    """

    copies = False

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        result = super().forward(input.to(self.weight.dtype)).to(input.dtype)
        return result.clone() if self.copies else result


def pretend_4bit(transformer: SD3Transformer2DModel) -> None:
    """Replace, in place, the layers of a transformer without weights that nf4 packs; its adapter is on."""
    for name, layer in quantizable_layers(transformer):
        dtype, bias = layer.weight.dtype, layer.bias is not None
        pretended = Pretended4bit(layer.in_features, layer.out_features, bias, device="meta", dtype=dtype)
        pretended.copies = name.endswith(ADAPTED)
        transformer.set_submodule(name, pretended.requires_grad_(False))
