"""Adapters in a pipeline: checked, attached, detached, and switched on and off without leaving a trace.

Several may be attached at once, each under a name of its own. None counts by itself: which does, and how
much, is said for every call and put back after it.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import SD3Transformer2DModel, StableDiffusion3Pipeline
from peft.tuners.lora import LoraLayer
from safetensors.torch import load_file
from torch.utils.hooks import RemovableHandle

from generation.adapters.file import AdapterHeader, read_adapter_header
from generation.adapters.fit import check_adapter
from generation.adapters.strength import peft_settings
from generation.adapters.weights import check_weights
from generation.errors import AdapterRejected
from generation.loading.tiny_forward import tiny_velocity
from generation.rendering.out_of_memory import ran_out_of_memory

ADAPTER_NAME = "fine_tuned"


def adapter_name(revision: str) -> str:
    """The name to attach an adapter of this revision under: equal only for equal weights."""
    return f"adapter_{revision}"


def attach_adapter(
    pipeline: StableDiffusion3Pipeline, path: Path, name: str = ADAPTER_NAME, tried: bool = True
) -> None:
    """Check an adapter file and load it under a name, in place of the one of that name; others stay.

    `tried`: see in one small forward pass that the model gives finite numbers with it, and other ones; not
    where there is no real GPU yet, as while a Space on ZeroGPU starts.

    Raises:
        AdapterRejected: the file is unfit. What was attached stays attached, unless that shows only once the
            weights are loaded: then nothing is under this name.
    """
    header = read_adapter_header(path)
    check_adapter(header, pipeline.transformer)
    check_weights(header, path)
    detach_adapter(pipeline, name)
    try:
        load_adapter_weights(pipeline.transformer, path, name, pipeline)
        _check_loaded(header, pipeline, name)
        if tried:
            check_output(pipeline, path, name)
    except AdapterRejected:
        detach_adapter(pipeline, name)
        raise
    except (ValueError, TypeError, KeyError, AttributeError, RuntimeError) as error:
        detach_adapter(pipeline, name)
        if ran_out_of_memory(error):  # which is not the file's fault
            raise
        raise AdapterRejected(f"{path.name} could not be loaded ({error}): export it again.") from error


def load_adapter_weights(
    transformer: SD3Transformer2DModel,
    path: Path,
    name: str,
    pipeline: StableDiffusion3Pipeline | None = None,
) -> None:
    """Load a checked adapter file under a name; `pipeline` where that may keep the transformer elsewhere."""
    # The file's own configuration stays outside: there peft could be told to change the model below.
    settings = peft_settings(read_adapter_header(path))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that there are several adapters is the idea here
        StableDiffusion3Pipeline.load_lora_into_transformer(
            load_file(path),
            transformer,
            name,
            _pipeline=pipeline,
            metadata={f"transformer.{key}": value for key, value in settings.items()},
        )


def detach_adapter(pipeline: StableDiffusion3Pipeline, name: str = ADAPTER_NAME) -> None:
    """Remove an adapter and every trace of it; after the last one the pipeline is as it was loaded."""
    transformer = pipeline.transformer
    others = [each for each in attached(pipeline) if each != name]
    # By its layers, not by `peft_config`: a load that failed midway leaves layers without an entry there.
    if not others and _lora_layers(transformer):
        transformer.unload_lora()
        return
    for module_name, layer in list(transformer.named_modules()):
        if isinstance(layer, LoraLayer) and name in layer.lora_A:
            layer.set_adapter([each for each in others if each in layer.lora_A][-1:])  # peft warns otherwise
            layer.delete_adapter(name)
            if not layer.lora_A:
                transformer.set_submodule(module_name, layer.get_base_layer())
    if others:
        transformer.peft_config.pop(name, None)


def attached(pipeline: StableDiffusion3Pipeline) -> tuple[str, ...]:
    """The names of the attached adapters, the oldest first."""
    return tuple(getattr(pipeline.transformer, "peft_config", {}))


def check_attached(pipeline: StableDiffusion3Pipeline, name: str = ADAPTER_NAME) -> None:
    """Raise AdapterRejected when there is nothing to compare vanilla with."""
    if not any(name in layer.lora_A for layer in _lora_layers(pipeline.transformer)):
        raise AdapterRejected(f"The pipeline carries no adapter named {name!r}: attach one first.")


@contextmanager
def adapter_scale(
    pipeline: StableDiffusion3Pipeline, scale: float | None, name: str = ADAPTER_NAME
) -> Iterator[None]:
    """Run the transformer with one adapter at a scale (a factor on its own alpha), or with none for None.

    A DoRA's whole change of each layer is multiplied, so that 0 is vanilla and 1 the adapter for both kinds;
    at its own scale of 0 peft would still set the magnitudes.
    Evaluation mode within; on leaving, everything is as it was, which parameters train included.
    """
    with adapters_kept(pipeline.transformer), ExitStack() as fading:
        for layer in _lora_layers(pipeline.transformer):
            _switch(layer, scale, name)
            if scale is not None and layer.use_dora.get(name):
                layer.set_scale(name, 1.0)
                fading.callback(_fade(layer, scale, name).remove)
        yield


@contextmanager
def adapters_kept(transformer: SD3Transformer2DModel) -> Iterator[None]:
    """Evaluation mode within; on leaving, which adapter counts how much, and what trains, is as it was."""
    states = [_LayerState.of(layer) for layer in _lora_layers(transformer)]
    was_training = transformer.training
    try:
        transformer.eval()
        yield
    finally:
        for state in states:
            state.restore()
        transformer.train(was_training)


@dataclass(frozen=True)
class _LayerState:
    layer: LoraLayer
    active: str | list[str]  # the very object: blocks that are compiled for training compare it by identity
    enabled: bool
    scaling: dict[str, float]
    trains: tuple[tuple[torch.nn.Parameter, bool], ...]

    @classmethod
    def of(cls, layer: LoraLayer) -> _LayerState:
        trains = tuple((parameter, parameter.requires_grad) for parameter in layer.parameters())
        return cls(layer, layer.active_adapter, not layer.disable_adapters, dict(layer.scaling), trains)

    def restore(self) -> None:
        self.layer.set_adapter(self.active)
        self.layer.enable_adapters(self.enabled)
        self.layer.scaling.update(self.scaling)
        # PEFT marks parameters as trained or frozen whenever an adapter is switched.
        for parameter, requires_grad in self.trains:
            parameter.requires_grad_(requires_grad)


def _switch(layer: LoraLayer, scale: float | None, name: str) -> None:
    if scale is None:
        layer.enable_adapters(False)
        return
    layer.set_adapter([name], inference_mode=True)
    layer.enable_adapters(True)
    layer.set_scale(name, scale)


def _fade(layer: LoraLayer, scale: float, name: str) -> RemovableHandle:
    """Multiply what a DoRA adds to a layer's output, whose weight is then on the line from vanilla to it."""

    def faded(_module: torch.nn.Module, _inputs: object, change: torch.Tensor) -> torch.Tensor:
        return change * scale

    return layer.lora_magnitude_vector[name].register_forward_hook(faded)


def _lora_layers(transformer: SD3Transformer2DModel) -> list[LoraLayer]:
    return [module for module in transformer.modules() if isinstance(module, LoraLayer)]


def _check_loaded(header: AdapterHeader, pipeline: StableDiffusion3Pipeline, name: str) -> None:
    loaded = sum(name in layer.lora_A for layer in _lora_layers(pipeline.transformer))
    if loaded != len(header.modules()):
        raise ValueError(f"{loaded} of its {len(header.modules())} layers were taken")


def check_output(pipeline: StableDiffusion3Pipeline, path: Path, name: str = ADAPTER_NAME) -> None:
    """See in one small forward pass whether an attached adapter does anything, and nothing but numbers.

    Raises:
        AdapterRejected: it does not; it stays attached. `path` is the file that it came from.
    """
    velocities = []
    for scale in (None, 1.0):
        with adapter_scale(pipeline, scale, name):
            velocities.append(tiny_velocity(pipeline.transformer, pipeline._execution_device))
    without, with_it = velocities
    if not torch.isfinite(with_it).all():
        raise AdapterRejected(
            f"With {path.name} this model computes numbers that are not finite: use another, or "
            "another model."
        )
    if torch.equal(without, with_it):
        raise AdapterRejected(f"{path.name} changes nothing that this model computes: use another adapter.")
