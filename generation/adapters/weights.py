"""An adapter's weights, looked at on the CPU alone: all finite, and a change of something."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from generation.adapters.file import AdapterHeader
from generation.adapters.strength import scalings
from generation.errors import AdapterRejected


def check_weights(header: AdapterHeader, path: Path) -> dict[str, float]:
    """Read an adapter whose header was checked; refuse one that breaks pictures, or leaves them as they are.

    Gives by module the largest value that it adds to the output for inputs of variance 1.

    Raises:
        AdapterRejected: values are not finite, or become so when they are multiplied, or nothing is changed.
    """
    try:
        tensors = load_file(path)
    except SafetensorError as error:
        raise AdapterRejected(f"{path.name} is no whole safetensors file ({error}): get it again.") from None
    for key, weight in tensors.items():
        if not torch.isfinite(weight).all():
            raise AdapterRejected(f"{path.name} holds values that are not finite ({key}): use another.")
    changes = {module: _change(header, module, scale, tensors) for module, scale in scalings(header).items()}
    # A DoRA's magnitudes change what the model below gives, which is not known here.
    if not header.is_dora and not any(changes.values()):
        raise AdapterRejected(
            f"{path.name} changes nothing: every layer adds zero, as before its first step of training."
        )
    return changes


def _change(header: AdapterHeader, module: str, scale: float, tensors: Mapping[str, torch.Tensor]) -> float:
    """The largest value that a layer adds for a fixed input, in float32 as it is computed."""
    down, up = (tensors[f"transformer.{module}.lora_{side}.weight"].float() for side in "AB")
    inputs = torch.randn(down.shape[1], generator=torch.Generator().manual_seed(0))
    change = (up @ (down @ inputs) * scale).abs().max().item()
    if not change < float("inf"):
        raise AdapterRejected(
            f"{header.path.name} changes {module} by more than any number holds: use another, or a "
            "lower alpha."
        )
    return change
