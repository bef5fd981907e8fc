"""What other programs call things, as fields of a recipe; what has no counterpart here is said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from generation.models import MODELS

# How files of the official weights are called: `sd3.5_large_fp8_scaled.safetensors`.
_VARIANT = "(fp8|fp16|bf16|scaled|e4m3fn|e5m2|incl|clips|t5xxl|safetensors|gguf)*"
_SAMPLERS = ("euler", "")
_MOST_SHOWN = 60


@dataclass
class Found:
    """Fields of a recipe, yet to be checked, and sentences about the rest."""

    values: dict[str, Any] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    def add_number(self, name: str, title: str, value: Any) -> None:
        """A number, or text that is one."""
        try:
            self.values[name] = value if isinstance(value, int | float) else _number(str(value))
        except ValueError:
            self.told.append(f"{title} is {shown(value)}, which is no number: it is left as it was.")

    def add_size(self, width: Any, height: Any) -> None:
        """Pictures here are square."""
        if str(width) == str(height):
            self.add_number("size_px", "The size", width)
        else:
            size = f"{shown(width)} × {shown(height)}"
            self.told.append(f"The size is {size}: portraits here are square, so it is left as it was.")

    def add_model(self, name: Any) -> None:
        """A name or a file name of one of the models."""
        key = _model_key(str(name))
        if key:
            self.values["model"] = key
        else:
            self.told.append(f"The model {shown(name)} is not offered here: it is left as it was.")

    def add_sampler(self, name: Any) -> None:
        """There is one here."""
        if str(name).lower() not in _SAMPLERS:
            self.told.append(f"The sampler {shown(name)} is left out: portraits here are made with Euler.")

    def add_negative(self, text: Any) -> None:
        """There is none here."""
        if str(text).strip():
            self.told.append(f"The negative prompt {shown(text)} is left out: there is none here.")

    def add_lora(self, name: Any) -> None:
        """A name says nothing of where the file is."""
        self.told.append(f"The LoRA {shown(name)} is left out: choose the adapter by its name on the Hub.")

    def leave(self, others: Mapping[str, Any]) -> None:
        """What nothing here can be set to."""
        if others:
            names = ", ".join(list(others)[:12]) + (", …" if len(others) > 12 else "")
            self.told.append(f"Left out, because nothing here can be set so: {names[:300]}.")


def shown(value: Any) -> str:
    """A stranger's value, short enough for a sentence."""
    text = str(value)
    return repr(text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…")


def _number(text: str) -> int | float:
    if len(text) > 40:  # Python would read for ever, or refuse in its own words
        raise ValueError(text)
    return int(text) if re.fullmatch("-?[0-9]+", text) else float(text)


def _model_key(name: str) -> str | None:
    folded = _folded(re.split(r"[/\\]", name)[-1])
    for spec in MODELS.values():
        official = _folded(spec.repo.rsplit("/", 1)[-1])
        short = official.replace("stablediffusion", "sd")
        if re.fullmatch(f"({official}|{short}){_VARIANT}", folded):
            return spec.key
    return None


def _folded(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name.lower())
