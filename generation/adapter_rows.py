"""Portraits of one batch, each with its own adapter: vanilla and fine-tuned in a single forward."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import groupby

import torch
from diffusers import SD3Transformer2DModel, StableDiffusion3Pipeline
from peft.tuners.lora import LoraLayer
from torch.utils.hooks import RemovableHandle

from generation.acceleration import is_compiled
from generation.adapters import adapter_scale, adapters_kept


@dataclass(frozen=True)
class Row:
    """What a portrait is made with: an attached adapter's name, or None for vanilla, and its strength."""

    adapter: str | None = None
    scale: float = 1.0


@dataclass(frozen=True)
class _Run:
    """Neighbours in a batch that are made with the same adapter at the same strength."""

    place: slice
    adapter: str
    scale: float


def obstacle(transformer: SD3Transformer2DModel, rows: Sequence[Row]) -> str | None:
    """Why these portraits cannot be made in one forward, in words; None where they can."""
    if len(set(rows)) < 2:
        return None
    names = {row.adapter for row in rows if row.adapter is not None}
    layers = _lora_layers(transformer)
    if any(layer.merged for layer in layers):
        return "an adapter is merged into the weights"
    if any(name in layer.lora_variant for layer in layers for name in names):
        return "a DoRA changes what the vanilla weights give, and not only adds to it"
    if is_compiled(transformer):
        return "compiled blocks do not see which row is whose"
    return None


@contextmanager
def adapter_rows(pipeline: StableDiffusion3Pipeline, rows: Sequence[Row]) -> Iterator[None]:
    """Run the transformer on batches whose rows are made with these adapters, in this order.

    Evaluation mode within, and without gradients; on leaving, everything is as it was. Rows that are all
    alike take peft's own way, others need `obstacle` to be None.
    """
    if len(set(rows)) == 1:
        name, scale = rows[0].adapter, rows[0].scale
        with adapter_scale(pipeline, None) if name is None else adapter_scale(pipeline, scale, name):
            yield
        return
    runs = _runs(rows)
    with adapters_kept(pipeline.transformer), ExitStack() as hooks:
        for layer in _lora_layers(pipeline.transformer):
            layer.enable_adapters(False)
            if mine := [run for run in runs if run.adapter in layer.lora_A]:
                hooks.callback(_add(layer, mine).remove)
        yield


def _runs(rows: Sequence[Row]) -> list[_Run]:
    runs: list[_Run] = []
    start = 0
    for row, group in groupby(rows):
        end = start + len(list(group))
        if row.adapter is not None:
            runs.append(_Run(slice(start, end), row.adapter, row.scale))
        start = end
    return runs


def _add(layer: LoraLayer, runs: Sequence[_Run]) -> RemovableHandle:
    """Add to the rows of each run what its adapter adds.

    As peft does for `adapter_names`, but by slices: lists of indices would be copied to the GPU, and waited
    for, in every layer, and there one adapter has one strength for all rows.
    """
    parts = [
        (run.place, layer.lora_A[run.adapter], layer.lora_B[run.adapter], _factor(layer, run)) for run in runs
    ]

    def added(_layer: torch.nn.Module, inputs: tuple[torch.Tensor], output: torch.Tensor) -> torch.Tensor:
        for place, down, up, factor in parts:
            change = up(down(inputs[0][place].to(down.weight.dtype)))
            output[place].add_(change.to(output.dtype), alpha=factor)
        return output

    return layer.register_forward_hook(added)


def _factor(layer: LoraLayer, run: _Run) -> float:
    """The adapter's own alpha over its rank, times the strength; peft knows the variants of that."""
    layer.set_scale(run.adapter, run.scale)
    return layer.scaling[run.adapter]


def _lora_layers(transformer: SD3Transformer2DModel) -> list[LoraLayer]:
    return [module for module in transformer.modules() if isinstance(module, LoraLayer)]
