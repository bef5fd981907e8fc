"""Models whose large layers are kept in 4 bits, read so that they are never in memory as they were."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import torch
from bitsandbytes.nn import Linear4bit, Params4bit
from safetensors import safe_open
from torch import nn

from generation.loading.weight_files import weight_files

Model = TypeVar("Model", bound=nn.Module)

# Of the transformer; small, and everything else depends on what they compute: they stay as they are.
NEVER_QUANTIZED = ("pos_embed", "time_text_embed", "context_embedder", "norm_out", "proj_out")


def load_quantized(model: Model, folder: Path, device: torch.device, dtype: torch.dtype) -> Model:
    """Give a model without weights those of a folder, one by one: linear layers in nf4, else `dtype`.

    diffusers does this on GPUs only, bitsandbytes on processors too.
    Source of nf4: Dettmers et al., arXiv 2305.14314, section 3.
    """
    for name, layer in list(model.named_modules()):
        if isinstance(layer, nn.Linear) and not name.startswith(NEVER_QUANTIZED):
            model.set_submodule(name, _weightless_4bit(layer, dtype))
    for name, tensor in _tensors(folder):
        _put(model, name, tensor.to(dtype), device)
    return model.eval().requires_grad_(False)


def _weightless_4bit(layer: nn.Linear, dtype: torch.dtype) -> Linear4bit:
    small = Linear4bit(
        layer.in_features,
        layer.out_features,
        bias=layer.bias is not None,
        compute_dtype=dtype,
        quant_type="nf4",
        device="meta",
    )
    # On such processors it would pack its weights at the first look, for a product that has no way back.
    small.support_avx512bf16_for_cpu = False
    return small


def _tensors(folder: Path) -> Iterator[tuple[str, torch.Tensor]]:
    for path in weight_files(folder):
        with safe_open(path, "pt") as file:
            for name in file.keys():  # noqa: SIM118 - not a dict
                yield name, file.get_tensor(name)


def _put(model: nn.Module, name: str, tensor: torch.Tensor, device: torch.device) -> None:
    owner, _, attribute = name.rpartition(".")
    module = model.get_submodule(owner)
    if isinstance(module, Linear4bit) and attribute == "weight":
        module.weight = Params4bit(tensor, requires_grad=False, quant_type="nf4").to(device)
    elif attribute in dict(module.named_buffers(recurse=False)):
        module.register_buffer(attribute, tensor.to(device))
    else:
        module.register_parameter(attribute, nn.Parameter(tensor.to(device), requires_grad=False))
