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

from generation.acceleration import any_compiled
from generation.adapters import adapter_scale


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
    modules = list(transformer.modules())
    layers = [module for module in modules if isinstance(module, LoraLayer)]
    if any(layer.merged for layer in layers):
        return "an adapter is merged into the weights"
    if any(name in layer.lora_variant for layer in layers for name in names):
        return "a DoRA changes what the vanilla weights give, and not only adds to it"
    if any_compiled(modules):
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
    layers = [module for module in pipeline.transformer.modules() if isinstance(module, LoraLayer)]
    with _evaluating(pipeline.transformer), _base_alone(layers), ExitStack() as hooks:
        for layer in layers:
            if mine := [run for run in runs if run.adapter in layer.lora_A]:
                hooks.callback(_add(layer, mine).remove)
        yield


@contextmanager
def _evaluating(transformer: SD3Transformer2DModel) -> Iterator[None]:
    was_training = transformer.training
    # Asked first, because telling each of a thousand modules takes as long as half a step of the demo model.
    change = any(module.training for module in transformer.modules())
    try:
        if change:
            transformer.eval()
        yield
    finally:
        if change:
            transformer.train(was_training)


@contextmanager
def _base_alone(layers: Sequence[LoraLayer]) -> Iterator[None]:
    # Not by `enable_adapters`, which also tells every parameter anew whether it trains, and takes as long.
    were = [layer.disable_adapters for layer in layers]
    try:
        for layer in layers:
            layer._disable_adapters = True
        yield
    finally:
        for layer, was in zip(layers, were, strict=True):
            layer._disable_adapters = was


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
    scaling = layer.scaling
    was = scaling[run.adapter]
    layer.set_scale(run.adapter, run.scale)
    factor, scaling[run.adapter] = scaling[run.adapter], was
    return factor
