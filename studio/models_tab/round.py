"""What one click on *Compare the models* asks for, and how far that is."""

from __future__ import annotations

from dataclasses import dataclass, replace

from generation.recipe import Recipe


@dataclass(frozen=True)
class Round:
    """A recipe a model, in turn; `turns` of them are over, and `made` of these have their portraits.

    `name` is what the history knows them by; `refused` models were asked for what they do not do.
    """

    name: str
    recipes: tuple[Recipe, ...]
    refused: int = 0
    turns: int = 0
    made: int = 0

    @property
    def left(self) -> tuple[Recipe, ...]:
        """Whose turn is to come, or not over."""
        return self.recipes[self.turns :]

    @property
    def title(self) -> str:
        """Whose turn it is."""
        return f"{self.left[0].spec.title}, {self.turns + 1} of {len(self.recipes)}"

    @property
    def outcome(self) -> str:
        """What has come of it, for the line under the button."""
        asked = len(self.recipes) + self.refused
        if self.made == asked:
            return "Finished. Click portraits to open them in Explore."
        return f"{self.made} of {asked} models have made their portraits; the others say why not."

    def after_turn(self, made: bool) -> Round:
        """The next one's turn has come."""
        return replace(self, turns=self.turns + 1, made=self.made + made)
