"""Training without a number being computed: tensors that have shapes and types, and nothing in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch.overrides import TorchFunctionMode
from torch.utils.checkpoint import checkpoint

from training.attention import training_attention


class CudaHabits(TorchFunctionMode):
    """What CUDA does otherwise than the CPU that pretends to be it.

    Attention is one kernel that keeps no matrix of weights, and autocast has layer norms in float32.
    Source: PyTorch, "CUDA Ops that can autocast to float32".
    """

    def __torch_function__(
        self, function: Callable[..., Any], types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if function is F.scaled_dot_product_attention:
            query, key, value = args[:3] or (kwargs["query"], kwargs["key"], kwargs["value"])
            if torch.is_autocast_enabled("cpu"):
                query, key, value = (each.to(torch.bfloat16) for each in (query, key, value))
            return torch.ops.aten._scaled_dot_product_flash_attention(query, key, value)[0]
        if function is F.layer_norm and torch.is_autocast_enabled("cpu"):
            with torch.autocast("cpu", enabled=False):
                return function(args[0].float(), *args[1:], **kwargs)
        return function(*args, **kwargs)


@contextmanager
def habits_of(device: str) -> Iterator[None]:
    """Within, a CPU behaves as a device of this kind where memory and work are concerned."""
    with training_attention("cpu") if device == "cpu" else CudaHabits():
        yield


def checkpointing(device: str) -> Callable[..., Any]:
    """Gradient checkpointing whose second forward pass, within the backward one, has the same habits."""

    def contexts() -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
        return nullcontext(), habits_of(device)

    return partial(checkpoint, use_reentrant=False, context_fn=contexts)
