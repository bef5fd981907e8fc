"""What happens while a comparison is made, as values that travel to the page, the shell or the trainer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from PIL.Image import Image

from generation.recipe import Recipe

Arm = Literal["vanilla", "fine_tuned"]
ARMS: tuple[Arm, ...] = ("vanilla", "fine_tuned")


def arms_of(recipe: Recipe) -> tuple[Arm, ...]:
    """The portraits that a recipe makes."""
    return ("vanilla",) if recipe.adapter is None else ARMS


@dataclass(frozen=True)
class Comparison:
    """The portraits of one recipe, of one arm or of both; `seconds` is what making them took, `rendering`
    what made them.
    """

    recipe: Recipe
    images: Mapping[Arm, Image]
    seconds: float
    rendering: str

    @property
    def arms(self) -> tuple[Arm, ...]:
        """The arms that were made, vanilla first."""
        return tuple(arm for arm in ARMS if arm in self.images)

    def image(self, arm: Arm) -> Image:
        """The portrait of one arm, which must be among those that were made."""
        return self.images[arm]


@dataclass(frozen=True)
class Progress:
    """One denoising step is done: `step` of `steps` in this arm; `seconds_left` is for all arms together."""

    arm: Arm
    step: int
    steps: int
    seconds_left: float


@dataclass(frozen=True)
class Preview:
    """About what an arm's portrait will look like, foreseen after a step: a small image."""

    arm: Arm
    step: int
    image: Image


SIGN_OF_LIFE_S = 0.5  # so long is waited in silence


@dataclass(frozen=True)
class Waiting:
    """Nothing new for a moment: a model is loading, or somebody else has the turn."""


@dataclass(frozen=True)
class Finished:
    """The last event."""

    comparison: Comparison


Event = Progress | Preview | Finished
