"""How long a comparison may borrow a GPU: assumed per model, corrected by whoever sees the real runs.

ZeroGPU takes the asked seconds for granted: it lends no GPU to a visitor who has less left, and takes the GPU
back when they are over. Too many shut visitors out, too few cut comparisons off.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from generation.events import ARMS, Arm
from generation.recipe import Recipe
from generation.rendering.work import row_steps, rows
from prompt_engine.nearest import name_advice
from studio.settings import GPU_SECONDS, SettingsError

FACTOR = (
    1.5  # what the GPUs of 2026 multiply the asked seconds by, with half of one; `spaces` 0.51, configs.json
)
MARGIN = 1.25  # a run may take so much longer than expected before it is cut off
START = "start"
LONGEST_S = 600.0


@dataclass(frozen=True)
class Assumption:
    """Seconds that something is taken to last, and where they are from."""

    seconds: float
    source: str


_COUNTED = "assumed: {tflop} TFLOP, counted, at 80 TFLOP/s, a third of half a GPU's peak"

# One denoising step of one row at the model's own size.
# Floating point operations: torch's FlopCounterMode on the official configurations, one row, 333 text tokens.
ASSUMED: Mapping[str, Assumption] = MappingProxyType(
    {
        "demo": Assumption(0.02, "assumed: so small that a GPU waits for its launches"),
        "medium": Assumption(0.14, _COUNTED.format(tflop=11.2)),
        "large": Assumption(0.39, _COUNTED.format(tflop=31.1)),
        "turbo": Assumption(0.39, _COUNTED.format(tflop=31.1)),
    }
)
# Whatever is packed goes to the GPU of a new worker; then the text encoders and the decoder run once.
ASSUMED_START = Assumption(5.0, "assumed: 28 GB of weights at 6 GB/s into an empty GPU")


@dataclass(frozen=True)
class Durations:
    """What a step and a start are taken to last; `speeds` by model."""

    speeds: Mapping[str, Assumption] = field(default_factory=lambda: ASSUMED)
    start: Assumption = ASSUMED_START

    def expected_s(self, recipe: Recipe, arms: Sequence[Arm] = ARMS) -> float:
        """What a comparison should take: the start, and every step of every row of its batch."""
        return self.start.seconds + row_steps(recipe, arms) * self.speeds[recipe.model].seconds

    def declared_s(self, recipe: Recipe, arms: Sequence[Arm] = ARMS) -> int:
        """What is told to ZeroGPU, whole seconds."""
        return math.ceil(self.expected_s(recipe, arms) * MARGIN)

    def requested_s(self, recipe: Recipe, arms: Sequence[Arm] = ARMS) -> int:
        """What ZeroGPU makes of it, and weighs against what the visitor has left."""
        return round(self.declared_s(recipe, arms) * FACTOR)


def read_durations(text: str | None) -> Durations:
    """The assumptions, with those corrected that a setting such as "turbo=0.3 start=4" names.

    Raises: SettingsError.
    """
    durations = Durations()
    for word in (text or "").replace(",", " ").split():
        name, _, seconds = word.partition("=")
        corrected = Assumption(_read_seconds(word, seconds), f"set in {GPU_SECONDS}")
        if name == START:
            durations = replace(durations, start=corrected)
        elif name in ASSUMED:
            durations = replace(durations, speeds={**durations.speeds, name: corrected})
        else:
            raise SettingsError(f"{GPU_SECONDS} names {name!r}: {name_advice(name, [START, *ASSUMED])}")
    return durations


def _read_seconds(word: str, text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= LONGEST_S:
        most = f"more than 0 and at most {LONGEST_S:g}"
        raise SettingsError(f"{GPU_SECONDS} holds {word!r}: give seconds, {most}, such as turbo=0.3.")
    return seconds


@dataclass(frozen=True)
class GpuStarted:
    """The GPU is there; `start_s` is what that took, None where it was warm from the run before."""

    start_s: float | None


@dataclass(frozen=True)
class GpuUse:
    """What a borrowed GPU was used for; `start_s` as in `GpuStarted`."""

    start_s: float | None
    work_s: float


def describe_run(recipe: Recipe, durations: Durations, use: GpuUse, arms: Sequence[Arm] = ARMS) -> str:
    """A line for the log: asked and used, and what the assumptions should have been."""
    step_s = use.work_s / row_steps(recipe, arms)
    expected, used_s = durations.speeds[recipe.model], (use.start_s or 0.0) + use.work_s
    start = "warm" if use.start_s is None else f"its start took {use.start_s:.1f} s"
    correction = f"{recipe.model}={step_s:.3g}" + (f",{START}={use.start_s:.1f}" if use.start_s else "")
    return (
        f"GPU: {recipe.model}, {recipe.steps} steps, {recipe.size_px} px, {rows(recipe, arms)} rows: "
        f"{durations.declared_s(recipe, arms)} s declared, {used_s:.1f} s used ({start}). "
        f"A step of a row took {step_s:.3g} s; {expected.seconds:g} s were {expected.source}. "
        f"To correct it, set {GPU_SECONDS} to {correction}"
    )
