"""Quicker matrix products on a CPU, for both arms alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

import torch
from torch.nn import Linear
from torch.nn.functional import linear


@contextmanager
def quick_products(module: torch.nn.Module) -> Iterator[None]:
    """Have float32 layers on a CPU multiply by oneDNN; without gradients only.

    PyTorch asks MKL for them, which on processors that are not Intel's takes twice as long. Only the order of
    sums is another. Nothing is changed where oneDNN is not built in, or blocks are compiled.
    """
    layers = _layers(dict(module.named_modules())) if torch.backends.mkldnn.is_available() else []
    for layer in layers:
        layer.forward = partial(_by_onednn, layer)  # type: ignore[method-assign]
    try:
        yield
    finally:
        for layer in layers:
            del layer.forward


def any_compiled(modules: Iterable[torch.nn.Module]) -> bool:
    """Whether any of them is compiled, and would not see what is changed from outside."""
    return any(module._compiled_call_impl is not None for module in modules)


def _layers(modules: Mapping[str, torch.nn.Module]) -> list[Linear]:
    if any_compiled(modules.values()):
        return []
    return [
        module
        for name, module in modules.items()
        if type(module) is Linear
        and (module.weight.device.type, module.weight.dtype) == ("cpu", torch.float32)
        and ".lora_" not in name  # too thin to gain
        and "forward" not in vars(module)  # whoever put it there would be cut off
    ]


def _by_onednn(layer: Linear, inputs: torch.Tensor) -> torch.Tensor:
    if torch.is_grad_enabled() or inputs.dtype != torch.float32:
        return linear(inputs, layer.weight, layer.bias)
    return torch.ops.mkldnn._linear_pointwise(inputs, layer.weight, layer.bias, "none", [], "")
