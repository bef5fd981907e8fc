"""Adapters in a pipeline: checked, attached, detached, and switched on and off without leaving a trace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import SD3Transformer2DModel, StableDiffusion3Pipeline
from peft.tuners.lora import LoraLayer
from safetensors.torch import load_file
from torch.utils.hooks import RemovableHandle

from generation.adapter_file import AdapterHeader, read_adapter_header
from generation.errors import AdapterRejected
from prompt_engine import ENGINE_VERSION

ADAPTER_NAME = "fine_tuned"


def check_adapter(header: AdapterHeader, transformer: SD3Transformer2DModel) -> None:
    """Compare an adapter's header with the transformer it is to change.

    Raises:
        AdapterRejected: the adapter was made for another model, of which `load_lora_weights` would only log a
            warning, or for other prompts.
    """
    _check_prompts(header)
    file, layers = header.path.name, _linear_shapes(transformer)
    for module, (down, up) in header.modules().items():
        if module not in layers:
            raise AdapterRejected(
                f"{file} was made for another model (it changes {module}, which this one lacks): "
                "choose the model it was trained on."
            )
        outputs, inputs = layers[module]
        if len(down) != 2 or len(up) != 2 or (up[0], down[1]) != (outputs, inputs):
            raise AdapterRejected(
                f"{file} was made for another model ({module} has A {down} and B {up}, but here takes "
                f"{inputs} values to {outputs}): choose the model it was trained on."
            )
        if down[0] != up[1] or not 0 < down[0] <= min(outputs, inputs):
            raise AdapterRejected(
                f"{file} has ranks {down[0]} and {up[1]} at {module}, where they must be equal and at most "
                f"{min(outputs, inputs)}: export it again."
            )
    for module, magnitudes in header.magnitudes().items():
        if magnitudes != (layers[module][0],):
            raise AdapterRejected(
                f"{file} was made for another model ({module} has magnitudes {magnitudes}, but here gives "
                f"{layers[module][0]} values): choose the model it was trained on."
            )


def attach_adapter(pipeline: StableDiffusion3Pipeline, path: Path) -> None:
    """Check an adapter file and load it under `ADAPTER_NAME`, in place of the one that is attached.

    Raises:
        AdapterRejected: the file is unfit. What was attached stays attached, unless that shows only while the
            weights are loaded: then nothing is.
    """
    header = read_adapter_header(path)
    check_adapter(header, pipeline.transformer)
    _check_finite(path)
    detach_adapter(pipeline)
    try:
        load_adapter_weights(pipeline.transformer, path, ADAPTER_NAME, pipeline)
        _check_loaded(header, pipeline)
    except (ValueError, TypeError, KeyError, AttributeError, RuntimeError) as error:
        detach_adapter(pipeline)
        raise AdapterRejected(f"{path.name} could not be loaded ({error}): export it again.") from error


def load_adapter_weights(
    transformer: SD3Transformer2DModel,
    path: Path,
    name: str,
    pipeline: StableDiffusion3Pipeline | None = None,
) -> None:
    """Load a checked adapter file under a name; `pipeline` where that may keep the transformer elsewhere."""
    # What `load_lora_weights` does, without its warnings that there is nothing for the text encoders.
    # Named in full: left to guess, diffusers takes any file of the folder, and a pickle if it must.
    tensors, metadata = StableDiffusion3Pipeline.lora_state_dict(
        str(path.parent),
        weight_name=path.name,
        use_safetensors=True,
        local_files_only=True,
        return_lora_metadata=True,
    )
    StableDiffusion3Pipeline.load_lora_into_transformer(
        tensors, transformer, name, _pipeline=pipeline, metadata=metadata
    )


def detach_adapter(pipeline: StableDiffusion3Pipeline) -> None:
    """Remove the adapter and every trace of it, so that the pipeline is as it was loaded."""
    # By its layers, not by `peft_config`: a load that failed midway leaves layers without an entry there.
    if _lora_layers(pipeline.transformer):
        pipeline.transformer.unload_lora()


def check_attached(pipeline: StableDiffusion3Pipeline) -> None:
    """Raise AdapterRejected when there is nothing to compare vanilla with."""
    if not any(ADAPTER_NAME in layer.lora_A for layer in _lora_layers(pipeline.transformer)):
        raise AdapterRejected(f"The pipeline carries no adapter named {ADAPTER_NAME!r}: attach one first.")


@contextmanager
def adapter_scale(pipeline: StableDiffusion3Pipeline, scale: float | None) -> Iterator[None]:
    """Run the transformer with the adapter at a scale (a factor on its own alpha), or without it for None.

    A DoRA's whole change of each layer is multiplied, so that 0 is vanilla and 1 the adapter for both kinds;
    at its own scale of 0 peft would still set the magnitudes.
    Evaluation mode within; on leaving, everything is as it was, which parameters train included.
    """
    with adapters_kept(pipeline.transformer), ExitStack() as fading:
        for layer in _lora_layers(pipeline.transformer):
            _switch(layer, scale)
            if scale is not None and layer.use_dora.get(ADAPTER_NAME):
                layer.set_scale(ADAPTER_NAME, 1.0)
                fading.callback(_fade(layer, scale).remove)
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


def _switch(layer: LoraLayer, scale: float | None) -> None:
    if scale is None:
        layer.enable_adapters(False)
        return
    layer.set_adapter([ADAPTER_NAME], inference_mode=True)
    layer.enable_adapters(True)
    layer.set_scale(ADAPTER_NAME, scale)


def _fade(layer: LoraLayer, scale: float) -> RemovableHandle:
    """Multiply what a DoRA adds to a layer's output, whose weight is then on the line from vanilla to it."""

    def faded(_module: torch.nn.Module, _inputs: object, change: torch.Tensor) -> torch.Tensor:
        return change * scale

    return layer.lora_magnitude_vector[ADAPTER_NAME].register_forward_hook(faded)


def _lora_layers(transformer: SD3Transformer2DModel) -> list[LoraLayer]:
    return [module for module in transformer.modules() if isinstance(module, LoraLayer)]


def _check_prompts(header: AdapterHeader) -> None:
    """An adapter learned the words of one prompt engine; one without a record may have learned any."""
    version = (header.record or {}).get("engine_version", ENGINE_VERSION)
    if version != ENGINE_VERSION:
        raise AdapterRejected(
            f"{header.path.name} was trained on captions of prompt engine {version}, and prompts are now "
            f"made by version {ENGINE_VERSION}: train it again, or use the program it was trained with."
        )


def _linear_shapes(transformer: SD3Transformer2DModel) -> dict[str, tuple[int, int]]:
    """Outputs and inputs per linear layer, under the names they have without adapters."""
    return {
        name.removesuffix(".base_layer"): (module.out_features, module.in_features)
        for name, module in transformer.named_modules()
        if isinstance(module, torch.nn.Linear) and ".lora_" not in name
    }


def _check_finite(path: Path) -> None:
    for key, weight in load_file(path).items():
        if not torch.isfinite(weight).all():
            raise AdapterRejected(f"{path.name} holds values that are not finite ({key}): use another.")


def _check_loaded(header: AdapterHeader, pipeline: StableDiffusion3Pipeline) -> None:
    loaded = sum(ADAPTER_NAME in layer.lora_A for layer in _lora_layers(pipeline.transformer))
    if loaded != len(header.modules()):
        raise ValueError(f"{loaded} of its {len(header.modules())} layers were taken")
