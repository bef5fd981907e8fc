"""How much work portraits are: in steps of one row at the model's own size."""

from __future__ import annotations

from collections.abc import Sequence

from generation.events import ARMS, Arm
from generation.recipe import Recipe

# Of the prompt; a smaller size leaves them as they are.
_TEXT_TOKENS = 77 + 256
_TOKEN_PX = 16


def row_steps(recipe: Recipe, arms: Sequence[Arm] = ARMS) -> float:
    """All of it: every step of every row, at the recipe's size."""
    return recipe.steps * rows(recipe, arms) * part(recipe)


def rows(recipe: Recipe, arms: Sequence[Arm] = ARMS) -> int:
    """How many rows go through the model in each step: a portrait is one, guidance doubles it."""
    portraits = 1 if recipe.adapter is None else len(arms)
    return portraits * (2 if recipe.guidance > 1 else 1)


def part(recipe: Recipe) -> float:
    """The share of a step's work at the model's own size that is left at the recipe's: as many tokens."""
    return _tokens(recipe.size_px) / _tokens(recipe.spec.size_px)


def _tokens(size_px: int) -> float:
    return (size_px / _TOKEN_PX) ** 2 + _TEXT_TOKENS
