"""Everything a training run is told, as frozen and checked dataclasses."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any

from prompt_engine.captions import CaptionRules
from prompt_engine.query import SPLITS
from prompt_engine.reliability import Tier
from prompt_engine.selection import MOST_ATTRIBUTES
from training.errors import ConfigError

PRECISIONS = ("float32", "bfloat16")
PATCH_PX = 16  # one token of SD 3.5: 8 pixels a latent, 2 latents a patch
TARGET_GROUPS = ("attention", "feed_forward")
CAPTION_STYLES = ("plain", "varied")  # the older template cannot say what a face lacks


def _setting(
    default: Any, low: float | None = None, high: float | None = None, choices: tuple | None = None
) -> Any:
    """A field with its allowed range (both ends included) or its allowed values."""
    return field(default=default, metadata={"low": low, "high": high, "choices": choices})


@dataclass(frozen=True)
class Section:
    """A part of the configuration; its values are checked as it is made."""

    def __post_init__(self) -> None:
        if problems := list(self.problems()):
            raise ConfigError(problems)

    def problems(self) -> Iterator[str]:
        """Say what is wrong with each value, in words."""
        for each in fields(self):
            value, rule = getattr(self, each.name), each.metadata
            for item in value if isinstance(value, tuple) else (value,):
                if item is not None and (problem := _problem(item, rule)):
                    yield f"{each.name} = {item!r}: {problem}"


def _problem(value: Any, rule: Any) -> str | None:
    low, high, choices = rule.get("low"), rule.get("high"), rule.get("choices")
    if choices and value not in choices:
        return f"choose from {', '.join(choices)}"
    # `not (low <= value)` also refuses NaN.
    if low is not None and not low <= value:
        return f"must be at least {low:g}"
    if high is not None and not value <= high:
        return f"must be at most {high:g}"
    if value == math.inf:
        return "must be a finite number"
    return None


@dataclass(frozen=True)
class ModelConfig(Section):
    """The base model: a key of the registry, or a local copy of its repository."""

    key: str = "demo"
    folder: str | None = None


@dataclass(frozen=True)
class DataConfig(Section):
    """Which faces are learned from, and how many captions each gets of how many attributes."""

    faces: str = "drawn:photographic"
    split: str = _setting("train", choices=(*SPLITS, "all"))
    count: int = _setting(4000, low=1)
    captions_per_face: int = _setting(4, low=1, high=64)
    attributes: tuple[int, ...] = _setting((2, 3, 4), low=0, high=MOST_ATTRIBUTES)
    absences: float = _setting(0.0, low=0.0, high=1.0)
    tier_weights: tuple[float, ...] = _setting((1.0, 1.0, 1.0), low=0.0)
    caption_style: str = _setting("plain", choices=CAPTION_STYLES)
    size_px: int | None = _setting(None, low=16, high=2048)
    cache: str = "outputs/cache"

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        if not self.attributes:
            yield "attributes = []: name at least one number of attributes, such as [2, 3, 4]"
        if len(self.tier_weights) != len(Tier):
            tiers = ", ".join(tier.word for tier in Tier)
            yield f"tier_weights = {list(self.tier_weights)}: give one number for each of {tiers}"
        elif not any(self.tier_weights):
            yield f"tier_weights = {list(self.tier_weights)}: give at least one number above 0"
        if self.size_px and self.size_px % PATCH_PX:
            yield f"size_px = {self.size_px}: must be a multiple of {PATCH_PX}"

    @property
    def caption_rules(self) -> CaptionRules:
        """How captions are written from a face's labels."""
        return CaptionRules(self.attributes, self.absences, self.tier_weights, self.caption_style)


@dataclass(frozen=True)
class LoraSettings(Section):
    """The adapter: its rank, and which linear layers it is put on. Its alpha is its rank."""

    rank: int = _setting(32, low=1, high=1024)
    targets: tuple[str, ...] = _setting(TARGET_GROUPS, choices=TARGET_GROUPS)

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        if not self.targets:
            yield f"targets = []: choose from {', '.join(TARGET_GROUPS)}"


@dataclass(frozen=True)
class OptimizerConfig(Section):
    """AdamW, warmed up in a line and let down along half a cosine."""

    learning_rate: float = _setting(1e-4, low=1e-9, high=1.0)
    final_share: float = _setting(0.05, low=0.0, high=1.0)
    warmup_steps: int = _setting(50, low=0)
    weight_decay: float = _setting(0.01, low=0.0, high=1.0)
    beta2: float = _setting(0.99, low=0.5, high=0.99999)
    max_gradient_norm: float = _setting(1.0, low=1e-6)


@dataclass(frozen=True)
class RunConfig(Section):
    """How long, how large, from which seed, how exact, and where to."""

    output: str = "outputs/adapter"
    steps: int = _setting(1000, low=1)
    batch_size: int = _setting(32, low=1)
    seed: int = _setting(0, low=0, high=2**32 - 1)
    caption_dropout: float = _setting(0.1, low=0.0, high=1.0)
    precision: str = _setting("float32", choices=PRECISIONS)
    log_every: int = _setting(20, low=1)
    save_every: int = _setting(500, low=1)


@dataclass(frozen=True)
class ValidationConfig(Section):
    """Pictures made now and then with the very code that visitors use; `every = 0` makes none."""

    every: int = _setting(0, low=0)
    prompts: tuple[str, ...] = ()
    seeds: tuple[int, ...] = _setting((7,), low=0, high=2**32 - 1)
    steps: int | None = _setting(None, low=1)
    guidance: float | None = _setting(None, low=0.0)


@dataclass(frozen=True)
class TrainingConfig:
    """One whole run; each section is one table of the TOML file."""

    model: ModelConfig = field(default_factory=ModelConfig)
    data: DataConfig = field(default_factory=DataConfig)
    lora: LoraSettings = field(default_factory=LoraSettings)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    run: RunConfig = field(default_factory=RunConfig)
    validation: ValidationConfig = field(default_factory=ValidationConfig)
