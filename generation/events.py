"""What happens while a comparison is made, as values that travel to the page, the shell or the trainer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PIL.Image import Image

from generation.recipe import Recipe

Arm = Literal["vanilla", "fine_tuned"]
ARMS: tuple[Arm, ...] = ("vanilla", "fine_tuned")


@dataclass(frozen=True)
class Comparison:
    """Both portraits of one recipe; `seconds` is what making them took, `rendering` what made them."""

    recipe: Recipe
    vanilla: Image
    fine_tuned: Image
    seconds: float
    rendering: str

    def image(self, arm: Arm) -> Image:
        """The portrait of one arm."""
        return self.vanilla if arm == "vanilla" else self.fine_tuned


@dataclass(frozen=True)
class Progress:
    """One denoising step is done: `step` of `steps` in this arm; `seconds_left` is for both arms together."""

    arm: Arm
    step: int
    steps: int
    seconds_left: float


@dataclass(frozen=True)
class Waiting:
    """Nothing new for a moment: a model is loading, or somebody else has the turn."""


@dataclass(frozen=True)
class Finished:
    """The last event."""

    comparison: Comparison


Event = Progress | Finished
