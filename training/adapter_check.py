"""Proof that a saved adapter loads as it was trained: loaded beside that one, compared, and removed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from diffusers import SD3Transformer2DModel
from peft.tuners.lora import LoraLayer

from generation.adapters.attached import ADAPTER_NAME, adapters_kept, load_adapter_weights
from generation.adapters.file import read_adapter_header
from generation.errors import GenerationError
from generation.loading.tiny_forward import tiny_velocity
from training.errors import AdapterError
from training.lora import adapted_layers

SAVED_NAME = "saved"
MOST_DIFFERENCE = 1e-5  # relative to the size of what is compared
# Below float32 on a CPU one unit in the last place, once rounded the other way, goes through every block. A
# young adapter changes the velocity by less than that: there `_check_change` alone tells it from none.
MOST_ROUGH_DIFFERENCE = 5e-2


def check_saved_adapter(transformer: SD3Transformer2DModel, path: Path) -> None:
    """Load a saved adapter into the transformer that carries the trained one, compare, and remove it again.

    What each layer adds is compared in double precision, with the trained weights rounded as peft rounds the
    loaded ones on a model of half precision: that proves every weight and scale, however small. Then the
    velocity of one small input, as the model computes it: that proves that they are used, but by less than
    it is rounded a young adapter changes it on a GPU.
    Nothing stays changed: gradients, what trains and the random state included.

    Raises:
        AdapterError: it cannot be loaded, leaves layers out, or gives something else.
    """
    _check_layers(transformer, path)
    # Compiled for a third adapter state, blocks would soon reach torch's limit of recompilations.
    with _loaded(transformer, path), torch.no_grad(), torch.compiler.set_stance("force_eager"):
        for name in adapted_layers(transformer):
            _check_change(name, transformer.get_submodule(name))
        _check_velocity(transformer)


def _check_layers(transformer: SD3Transformer2DModel, path: Path) -> None:
    try:
        saved = set(read_adapter_header(path).modules())
    except GenerationError as error:
        raise AdapterError(f"the adapter that was saved cannot be used: {error}") from error
    if different := saved.symmetric_difference(adapted_layers(transformer)):
        raise _broken(f"{len(different)} layers are trained but not saved, or saved but not trained")


@contextmanager
def _loaded(transformer: SD3Transformer2DModel, path: Path) -> Iterator[None]:
    """The saved adapter beside the trained one, under a name of its own."""
    with adapters_kept(transformer), torch.random.fork_rng(devices=[]):
        try:
            _load(transformer, path)
            yield
        finally:
            _remove(transformer)


def _load(transformer: SD3Transformer2DModel, path: Path) -> None:
    try:
        load_adapter_weights(transformer, path, SAVED_NAME)
    except (ValueError, TypeError, KeyError, AttributeError, RuntimeError) as error:
        raise _broken(f"it cannot be loaded ({error})") from error


def _remove(transformer: SD3Transformer2DModel) -> None:
    for layer in transformer.modules():
        if isinstance(layer, LoraLayer):
            layer.set_adapter([ADAPTER_NAME])  # peft warns of deleting the active one
            layer.delete_adapter(SAVED_NAME)
    transformer.peft_config.pop(SAVED_NAME, None)


def _check_change(name: str, layer: LoraLayer) -> None:
    if SAVED_NAME not in layer.lora_A:
        raise _broken(f"{name} was left out")
    inputs = torch.randn(
        layer.in_features, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64
    )
    dtype = layer.lora_A[SAVED_NAME].weight.dtype
    trained, saved = (_changes(layer, adapter, inputs, dtype) for adapter in (ADAPTER_NAME, SAVED_NAME))
    if len(trained) != len(saved):
        raise _broken(f"{name} lost its magnitudes")
    for before, after in zip(trained, saved, strict=True):
        _compare(name, before, after, MOST_DIFFERENCE)


def _changes(layer: LoraLayer, adapter: str, inputs: torch.Tensor, dtype: torch.dtype) -> list[torch.Tensor]:
    """What the adapter adds for `inputs` (in, n), and a DoRA's magnitudes; float64 on the CPU."""
    weights = [layer.lora_A[adapter].weight, layer.lora_B[adapter].weight * layer.scaling[adapter]]
    if layer.use_dora[adapter]:
        weights.append(layer.lora_magnitude_vector[adapter].weight)
    down, up, *magnitudes = (weight.to(dtype).cpu().double() for weight in weights)
    return [up @ (down @ inputs), *magnitudes]


def _check_velocity(transformer: SD3Transformer2DModel) -> None:
    exact = transformer.dtype == torch.float32 and transformer.device.type == "cpu"
    trained, saved = (_velocity(transformer, adapter) for adapter in (ADAPTER_NAME, SAVED_NAME))
    _compare("the velocity", trained, saved, MOST_DIFFERENCE if exact else MOST_ROUGH_DIFFERENCE)


def _velocity(transformer: SD3Transformer2DModel, adapter: str) -> torch.Tensor:
    """What the model predicts of a small fixed input with one of its adapters, float32 on the CPU."""
    transformer.set_adapter(adapter)
    return tiny_velocity(transformer)


def _compare(what: str, trained: torch.Tensor, saved: torch.Tensor, most: float) -> None:
    size = trained.norm()
    difference = ((saved - trained).norm() / size).item() if size else saved.norm().item()
    if not difference <= most:  # NaN is neither more nor less
        raise _broken(f"{what} differs by {difference:.1e}, and {most:g} is the most")


def _broken(reason: str) -> AdapterError:
    return AdapterError(
        f"the adapter that was saved is not the one that was trained: {reason}; the last good file was kept, "
        "so check the versions of diffusers and peft, then go on with --resume"
    )
