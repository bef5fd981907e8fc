"""Parts of models that are loaded once and used by every model whose files say that they are the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import torch
from diffusers import StableDiffusion3Pipeline
from transformers import T5Config, T5EncoderModel

from generation.loading.part_identity import identify_part
from generation.loading.pipelines import load_pipeline
from generation.loading.placement import T5, Placement
from generation.models import ModelSpec

# What a part is by its content, and how it is kept: kept otherwise, it is another module.
Key = tuple[str, bool, str]


class SharedParts:
    """The parts that some pipeline holds at present; with the last pipeline a part is forgotten."""

    def __init__(self, device: torch.device, dtype: torch.dtype) -> None:
        self._device, self._dtype = device, dtype
        self._modules: WeakValueDictionary[Key, torch.nn.Module] = WeakValueDictionary()

    def key(self, part: Path, source: Any, placement: Placement) -> Key:
        """What makes parts the same module; `part` is a folder, `source` its entry in the index."""
        kind = placement.t5 if part.name == T5 else "whole"
        return identify_part(part, source), placement.offloaded, kind

    def find(self, key: Key) -> torch.nn.Module | None:
        """A part that is loaded already, and the same."""
        return self._modules.get(key)

    def load(self, spec: ModelSpec, part: Path, key: Key) -> torch.nn.Module:
        """Load a part of a model's folder to where its placement wants it.

        Raises:
            ModelUnavailable: its files are not here, or not complete.
        """
        _, offloaded, kind = key
        # What is offloaded lies in the host's memory until it works.
        device = torch.device("cpu") if offloaded else self._device
        if kind == "nf4":
            module: torch.nn.Module = _load_t5_in_4_bits(part, device, self._dtype)
        else:
            module = getattr(load_pipeline(spec, device, (part.name,), self._dtype), part.name)
        self._modules[key] = module
        return module

    def assemble(
        self, spec: ModelSpec, given: dict[str, torch.nn.Module], others: tuple[str, ...]
    ) -> StableDiffusion3Pipeline:
        """A pipeline of loaded parts, and of `others` that weigh nothing and are read now."""
        return load_pipeline(spec, self._device, others, self._dtype, given=given)


def _load_t5_in_4_bits(part: Path, device: torch.device, dtype: torch.dtype) -> T5EncoderModel:
    from generation.loading.quantized import load_quantized

    with torch.device("meta"):
        t5 = T5EncoderModel(T5Config.from_pretrained(part))
    load_quantized(t5, part, device, dtype)
    t5.tie_weights()  # its table of words has two names, and the file only one of them
    return t5
