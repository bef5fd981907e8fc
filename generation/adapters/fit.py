"""Whether an adapter was made for a model: its header against the model's layers, no weight of either."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping

import torch
from diffusers import SD3Transformer2DModel

from generation.adapters.config import ends, pattern_value
from generation.adapters.file import AdapterHeader
from generation.adapters.transformer_outline import TRANSFORMERS, build_outline
from generation.errors import AdapterRejected
from generation.models import MODELS, ModelSpec
from prompt_engine import ENGINE_VERSION

Shapes = Mapping[str, tuple[int, int]]


def check_for_model(header: AdapterHeader, spec: ModelSpec) -> None:
    """Compare an adapter's header with a model whose weights need not be here.

    Raises:
        AdapterRejected: it was made for another model, or for other prompts.
        ModelUnavailable: nothing is known of the model.
    """
    check_adapter(header, build_outline(spec))
    said = (header.record or {}).get("base_model", {}).get("key")
    known = isinstance(said, str) and {said, spec.key} <= TRANSFORMERS.keys()
    if known and TRANSFORMERS[said] != TRANSFORMERS[spec.key]:
        raise AdapterRejected(
            f"{header.path.name} says it was trained on {MODELS[said].title}, but has the shapes of "
            f"{spec.title}: its record is not its own, so export it again."
        )


def check_adapter(header: AdapterHeader, transformer: SD3Transformer2DModel) -> None:
    """Compare an adapter's header with the transformer it is to change.

    Raises:
        AdapterRejected: the adapter was made for another model, of which `load_lora_weights` would only log a
            warning, or for other prompts.
    """
    _check_record(header)
    layers = linear_shapes(transformer)
    for module, (down, up) in header.modules().items():
        _check_module(header, module, down, up, layers)
    for module, magnitudes in header.magnitudes().items():
        if magnitudes != (layers[module][0],):
            raise _other_model(
                header, f"{module} has magnitudes {magnitudes}, but here gives {layers[module][0]} values"
            )
    _check_complete(header, layers)


def linear_shapes(transformer: SD3Transformer2DModel) -> dict[str, tuple[int, int]]:
    """Outputs and inputs per linear layer, under the names they have without adapters."""
    return {
        name.removesuffix(".base_layer"): (module.out_features, module.in_features)
        for name, module in transformer.named_modules()
        if isinstance(module, torch.nn.Linear) and ".lora_" not in name
    }


def _check_record(header: AdapterHeader) -> None:
    """An adapter learned the words of one prompt engine; one without a record may have learned any."""
    record = header.record or {}
    version = record.get("engine_version", ENGINE_VERSION)
    if version != ENGINE_VERSION:
        raise AdapterRejected(
            f"{header.path.name} was trained on captions of prompt engine {_short(version)}, and "
            f"prompts are now made by version {ENGINE_VERSION}: train it again, or use the program it was "
            "trained with."
        )
    if not isinstance(record.get("base_model", {}), dict):
        raise AdapterRejected(f"{header.path.name} has a record that names no base model: export it again.")


def _check_module(
    header: AdapterHeader, module: str, down: tuple[int, ...], up: tuple[int, ...], layers: Shapes
) -> None:
    if module not in layers:
        raise _other_model(header, f"it changes {module}, which this one lacks")
    outputs, inputs = layers[module]
    if len(down) != 2 or len(up) != 2 or (up[0], down[1]) != (outputs, inputs):
        raise _other_model(
            header, f"{module} has A {down} and B {up}, but here takes {inputs} values to {outputs}"
        )
    name = header.path.name
    if down[0] != up[1] or not 0 < down[0] <= min(outputs, inputs):
        raise AdapterRejected(
            f"{name} has ranks {down[0]} and {up[1]} at {module}, where they must be equal, at least 1 "
            f"and at most {min(outputs, inputs)}: export it again."
        )
    config = header.config or {}
    said = pattern_value(config.get("rank_pattern") or {}, module, config.get("r", down[0]))
    if said != down[0]:
        raise AdapterRejected(
            f"{name} says that {module} has rank {said}, but holds {down[0]}: export it again."
        )


def _check_complete(header: AdapterHeader, layers: Shapes) -> None:
    """Refuse a file that lacks layers which its own configuration lists by their ends."""
    config = header.config or {}
    targets = config.get("target_modules")
    if not isinstance(targets, list) or config.get("exclude_modules") or config.get("layers_to_transform"):
        return
    named = {end for end in targets if isinstance(end, str)}
    listed = {name for name in layers if not named.isdisjoint(ends(name))}
    held = header.modules()
    if missing := sorted(listed - held.keys()):
        raise AdapterRejected(
            f"{header.path.name} is incomplete: of {len(listed)} layers that its configuration lists it "
            f"lacks {len(missing)}, {missing[0]} among them: export it again."
        )


def _short(text: object) -> str:
    plain = isinstance(text, str) and text.isprintable() and len(text) <= 20
    return str(text) if plain else reprlib.repr(text)


def _other_model(header: AdapterHeader, why: str) -> AdapterRejected:
    return AdapterRejected(
        f"{header.path.name} was made for another model ({why}): choose the model it was trained on."
    )
