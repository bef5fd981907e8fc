"""What the visitor asks for: Explore's choice as the base, and what varies along each axis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from generation.errors import InvalidRecipe
from generation.grid.axes import Axis, read_axis
from generation.grid.grid import Grid, build_grid
from generation.loading.machine import Offer
from generation.recipe import Recipe
from studio.adapter_choice import meant_adapter
from studio.controls import Controls, read_recipe
from studio.services import Services

NOTHING = ""  # the axis that varies nothing

Held = Mapping[gr.components.Component, Any]


@dataclass(frozen=True)
class AxisInputs:
    """What varies, and the values as they are typed."""

    name: gr.Dropdown
    values: gr.Textbox


@dataclass(frozen=True)
class Asking:
    """Reads the inputs."""

    services: Services
    controls: Controls
    x: AxisInputs
    y: AxisInputs

    @property
    def inputs(self) -> set[gr.components.Component]:
        """What `base` and `grid` take."""
        return {*self.controls.all, self.x.name, self.x.values, self.y.name, self.y.values}

    def base(self, held: Held) -> Recipe:
        """What Explore shows, with the seed that stands there: asked twice, it is the same grid.

        Raises:
            InvalidSelection, InvalidRecipe: it cannot be made.
        """
        return read_recipe({**self.controls.values(held), "new_seed": False}, self.services.adapters_for)

    def varies_models(self, held: Held) -> bool:
        """Whether what this machine can run matters."""
        return "model" in (held[self.x.name], held[self.y.name])

    def grid(self, held: Held, offers: Sequence[Offer] = ()) -> Grid:
        """The grid that is asked for; with `offers`, cells of models that are off here say so.

        Raises:
            InvalidSelection, InvalidRecipe: none of it can be made.
        """
        base = self.base(held)
        axes = [
            read_axis(held[each.name], held[each.values] or "")
            for each in (self.x, self.y)
            if held[each.name]
        ]
        if not axes:
            raise InvalidRecipe("Nothing varies: choose what changes from left to right.")
        models = [str(model) for axis in axes if axis.name == "model" for model in axis.values]
        offered = [each for model in models or [base.model] for each in self.services.adapters_for(model)]
        x, *y = (_with_known_adapters(axis, offered) for axis in axes)
        grid = build_grid(base, x, next(iter(y), None), lambda model: self._adapter_of(model, base))
        return without_models_that_are_off(grid, offers)

    def _adapter_of(self, model: str, base: Recipe) -> str | None:
        return base.adapter if model == base.model else next(iter(self.services.adapters_for(model)), None)


def without_models_that_are_off(grid: Grid, offers: Sequence[Offer]) -> Grid:
    """The grid without the portraits that this machine cannot make; nothing may be left."""
    off = {offer.key: offer.problem for offer in offers if offer.problem}
    cells = tuple(
        replace(cell, recipe=None, problem=off[cell.recipe.model])
        if cell.recipe and cell.recipe.model in off
        else cell
        for cell in grid.cells
    )
    return replace(grid, cells=cells)


def _with_known_adapters(axis: Axis, offered: Sequence[str]) -> Axis:
    """The axis with what the names of its adapters mean; nobody names a file of this machine."""
    if axis.name != "adapter":
        return axis
    return replace(axis, values=tuple(_meant(axis.values, offered)))


def _meant(names: Sequence[Any], offered: Sequence[str]) -> Iterator[str | None]:
    for name in names:
        yield None if name is None else meant_adapter(name, offered)
