"""A grid and how far it is: which portraits are there, which failed, and which come next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from PIL import Image

from generation.events import Arm
from generation.grid.grid import Cell, Grid
from generation.grid.sheet import render_sheet
from generation.recipe import Recipe
from studio.services import StoredComparison


@dataclass(frozen=True)
class Sheet:
    """Cells of equal recipes are one portrait; `made` may hold those of an earlier grid too."""

    grid: Grid
    made: Mapping[Recipe, StoredComparison] = field(default_factory=dict)
    failed: Mapping[Recipe, str] = field(default_factory=dict)

    @property
    def portraits(self) -> Mapping[Recipe, Arm]:
        """Every different portrait, in the order in which they are made."""
        return {cell.recipe: cell.arm for cell in self.grid.in_turn if cell.recipe}

    @property
    def left(self) -> tuple[Recipe, ...]:
        """Those that are to be made."""
        return tuple(each for each in self.portraits if each not in self.made and each not in self.failed)

    @property
    def done(self) -> int:
        """How many are there."""
        return sum(recipe in self.made for recipe in self.portraits)

    @property
    def unfinished(self) -> bool:
        """Whether some are not there that might be made."""
        return self.done < len(self.portraits)

    def with_made(self, recipe: Recipe, stored: StoredComparison) -> Sheet:
        """One portrait more."""
        return replace(self, made={**self.made, recipe: stored})

    def with_stored(self, find: Callable[[Recipe], StoredComparison | None]) -> Sheet:
        """With the portraits that were made elsewhere, or before the page was opened."""
        found = {recipe: find(recipe) for recipe in self.portraits if recipe not in self.made}
        fitting = {
            recipe: stored
            for recipe, stored in found.items()
            if stored and self.portraits[recipe] in stored.files
        }
        return replace(self, made={**self.made, **fitting})

    def with_failed(self, recipe: Recipe, problem: str, whole_model: bool) -> Sheet:
        """One that could not be made; with `whole_model`, none of its model that is left can be."""
        failed = [each for each in self.left if whole_model and each.model == recipe.model]
        return replace(self, failed={**self.failed, **dict.fromkeys([recipe, *failed], problem)})

    def again(self) -> Sheet:
        """To be gone on with: what failed is tried once more."""
        return replace(self, made=self._kept(), failed={})

    def of(self, grid: Grid) -> Sheet:
        """Another grid, with what of it is there already."""
        wanted = {cell.recipe for cell in grid.cells}
        return Sheet(grid, {recipe: stored for recipe, stored in self._kept().items() if recipe in wanted})

    def stored(self, cell: Cell) -> StoredComparison | None:
        """The portrait of a cell."""
        return self.made.get(cell.recipe) if cell.recipe else None

    def picture(self, cell: Cell) -> Path | None:
        """Where the portrait of a cell lies; None where it is not made, or not kept any more."""
        stored = self.stored(cell)
        path = stored.files[cell.arm] if stored else None
        return path if path and path.is_file() else None

    def problem(self, cell: Cell) -> str:
        """Why a cell has no portrait; nothing where it has one, or will."""
        return self.failed.get(cell.recipe, "") if cell.recipe else cell.problem

    def render_image(self) -> bytes:
        """All of it as one PNG with labels."""
        images = {(cell.row, cell.column): image for cell, image in self._images()}
        return render_sheet(self.grid, images)

    def _kept(self) -> dict[Recipe, StoredComparison]:
        """The portraits that the results store has not dropped since."""
        kept = {recipe: all(map(Path.is_file, each.files.values())) for recipe, each in self.made.items()}
        return {recipe: stored for recipe, stored in self.made.items() if kept[recipe]}

    def _images(self) -> Iterator[tuple[Cell, Image.Image]]:
        for cell in self.grid.cells:
            path = self.picture(cell)
            if path:
                with Image.open(path) as image:
                    yield cell, image.convert("RGB")
