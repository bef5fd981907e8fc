"""Portraits of one batch, each with its own adapter: vanilla and fine-tuned in a single forward."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import groupby

import torch
from diffusers import SD3Transformer2DModel, StableDiffusion3Pipeline
from peft.tuners.lora import LoraLayer

from generation.adapters.attached import adapter_scale
from generation.rendering.acceleration import any_compiled


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
    if any(layer.lora_bias.get(name) for layer in layers for name in names):
        return "an adapter has biases of its own"
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
    try:
        for layer in layers:
            parts = [_Part.of(layer, run) for run in runs if run.adapter in layer.lora_A]
            layer.forward = partial(_forward, layer.base_layer, parts)
        with _evaluating(pipeline.transformer):
            yield
    finally:
        for layer in layers:
            vars(layer).pop("forward", None)


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


def _runs(rows: Sequence[Row]) -> list[_Run]:
    runs: list[_Run] = []
    start = 0
    for row, group in groupby(rows):
        end = start + len(list(group))
        if row.adapter is not None:
            runs.append(_Run(slice(start, end), row.adapter, row.scale))
        start = end
    return runs


@dataclass(frozen=True)
class _Part:
    """What an adapter adds in one layer to its rows: (x A) B times a factor."""

    place: slice
    down: torch.Tensor  # (inputs, rank)
    up: torch.Tensor  # (rank, outputs)
    factor: float

    @classmethod
    def of(cls, layer: LoraLayer, run: _Run) -> _Part:
        down, up = (factors[run.adapter].weight.detach().t() for factors in (layer.lora_A, layer.lora_B))
        return cls(run.place, down, up, _factor(layer, run))


def _forward(base: torch.nn.Module, parts: Sequence[_Part], inputs: torch.Tensor) -> torch.Tensor:
    """The base layer, and for each run of rows what its adapter adds.

    As peft does for `adapter_names`, but by slices: lists of indices would be copied to the GPU, and waited
    for, in every layer, and there one adapter has one strength for all rows.
    """
    output: torch.Tensor = base(inputs)
    for part in parts:
        narrow = (inputs[part.place].to(part.down.dtype) @ part.down).to(output.dtype).flatten(0, -2)
        rows = output[part.place].view(len(narrow), -1)
        rows.addmm_(narrow, part.up.to(output.dtype), alpha=part.factor)
    return output


def _factor(layer: LoraLayer, run: _Run) -> float:
    """The adapter's own alpha over its rank, times the strength; peft knows the variants of that."""
    scaling = layer.scaling
    was = scaling[run.adapter]
    layer.set_scale(run.adapter, run.scale)
    factor, scaling[run.adapter] = scaling[run.adapter], was
    return factor
