"""What the weights of loaded pipelines take."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from diffusers import StableDiffusion3Pipeline


def held_bytes(pipelines: Iterable[StableDiffusion3Pipeline]) -> tuple[int, int]:
    """On a GPU, and in the host's memory; those that pipelines share are counted once."""
    modules = {
        id(part): part
        for pipeline in pipelines
        for part in pipeline.components.values()
        if isinstance(part, torch.nn.Module)
    }
    tensors = {
        id(tensor): tensor
        for module in modules.values()
        for tensor in (*module.parameters(), *module.buffers())
    }
    host = sum(tensor.nbytes for tensor in tensors.values() if tensor.device.type == "cpu")
    return sum(tensor.nbytes for tensor in tensors.values()) - host, host
