"""A grid: one recipe, varied along one axis or two; each cell is a recipe, or says why it is none."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from generation.errors import InvalidRecipe
from generation.events import Arm
from generation.grid.axes import Axis, AxisName
from generation.grid.values import Value
from generation.recipe import Recipe
from prompt_engine.buckets import bucket_of
from prompt_engine.errors import PromptEngineError
from prompt_engine.realiser import realise
from prompt_engine.selection import Selection

SCHEMA = 1  # of how a grid's axes are written

# The axes that are a field of the recipe, and nothing more.
_FIELDS: Mapping[AxisName, str] = {
    "strength": "adapter_scale",
    "steps": "steps",
    "guidance": "guidance",
    "seed": "seed",
}
_OF_THE_MODEL = ("model_revision", "adapter_revision", "steps", "guidance", "size_px")

AdapterOf = Callable[[str], str | None]  # the adapter that a model is tried with unasked
Varied = tuple[tuple[AxisName, Value], ...]


@dataclass(frozen=True)
class Cell:
    """One portrait of a grid, counted from 0; `recipe` is None where `problem` says why it cannot be made.

    At strength 0 it is the vanilla portrait, whatever the adapter: its recipe names none.
    """

    row: int
    column: int
    labels: tuple[str, ...]
    recipe: Recipe | None
    problem: str = ""

    @property
    def arm(self) -> Arm:
        """The only arm that is made."""
        return "vanilla" if self.recipe is None or self.recipe.adapter is None else "fine_tuned"


@dataclass(frozen=True)
class Grid:
    """The cells row by row: `x` goes to the right, `y` down; without `y` there is one row."""

    base: Recipe
    x: Axis
    y: Axis | None
    cells: tuple[Cell, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """What is over each column."""
        return self.x.labels

    @property
    def rows(self) -> tuple[str, ...]:
        """What is before each row; empty text where there is one only."""
        return self.y.labels if self.y else ("",)

    @property
    def makeable(self) -> tuple[Cell, ...]:
        """The cells that are a recipe."""
        return tuple(cell for cell in self.cells if cell.recipe is not None)

    @property
    def in_turn(self) -> tuple[Cell, ...]:
        """All cells as they are best worked off: model by model, because loading one takes long."""
        models = list(dict.fromkeys(cell.recipe.model for cell in self.cells if cell.recipe))
        return tuple(
            sorted(self.cells, key=lambda cell: models.index(cell.recipe.model) if cell.recipe else -1)
        )

    def axes_json(self) -> str:
        """The axes as text for machines."""
        axes = {"x": self.x, "y": self.y}
        written = {
            name: axis and {"axis": axis.name, "values": axis.public_values} for name, axis in axes.items()
        }
        return json.dumps({"schema": SCHEMA, **written}, ensure_ascii=False)


def build_grid(base: Recipe, x: Axis, y: Axis | None = None, adapter_of: AdapterOf | None = None) -> Grid:
    """Vary a recipe; another model brings its own steps, guidance and size, and the adapter of `adapter_of`.

    All cells have the same seed, unless it is an axis. Left out, `adapter_of` leaves the base's adapter.

    Raises:
        InvalidRecipe: the axes do not go together, or not one cell can be made.
    """
    if y is not None and x.name == y.name != "attribute":
        raise InvalidRecipe(f"Both axes vary {x.title.lower()}: choose two different ones.")
    adapter_of = adapter_of or (lambda model: base.adapter)
    cells = []
    for row, (y_value, y_label) in enumerate(zip(y.values, y.labels, strict=True) if y else ((None, ""),)):
        for column, (x_value, x_label) in enumerate(zip(x.values, x.labels, strict=True)):
            varied: Varied = ((x.name, x_value), *(((y.name, y_value),) if y else ()))
            labels = tuple(filter(None, (x_label, y_label)))
            cells.append(_cell(base, varied, adapter_of, row, column, labels))
    grid = Grid(base, x, y, tuple(cells))
    if not grid.makeable:
        raise InvalidRecipe(list(dict.fromkeys(cell.problem for cell in cells)))
    return grid


def _cell(
    base: Recipe, varied: Varied, adapter_of: AdapterOf, row: int, column: int, labels: tuple[str, ...]
) -> Cell:
    try:
        recipe = _settled(replace(base, **_changes(base, varied, adapter_of)))
        return Cell(row, column, labels, recipe)
    except (InvalidRecipe, PromptEngineError) as problem:
        return Cell(row, column, labels, None, str(problem))


def _changes(base: Recipe, varied: Varied, adapter_of: AdapterOf) -> dict[str, Any]:
    """The fields of the base that change, whichever axis comes first."""
    values = dict(varied)
    changes: dict[str, Any] = {}
    model = values.get("model", base.model)
    if model != base.model:
        changes |= {"model": model, **dict.fromkeys(_OF_THE_MODEL), "adapter": adapter_of(str(model))}
    if "adapter" in values and values["adapter"] != base.adapter:
        changes |= {"adapter": values["adapter"], "adapter_revision": None}
    if values.get("strength") and "adapter" not in values and changes.get("adapter", base.adapter) is None:
        raise InvalidRecipe("There is no adapter whose strength could be varied: choose one.")
    changes |= {field: values[name] for name, field in _FIELDS.items() if name in values}
    labels = [str(value) for name, value in varied if name == "attribute" and value is not None]
    return changes | (_with_attributes(base, labels) if labels else {})


def _with_attributes(base: Recipe, labels: list[str]) -> dict[str, Any]:
    if base.selection is None:
        raise InvalidRecipe("The prompt is a free one: attributes can be varied of chosen ones only.")
    chosen = base.selection
    for label in labels:
        chosen = _with_attribute(chosen, label)
    lost = [label for label in labels if label not in chosen.wanted]
    if lost:
        raise InvalidRecipe(f"{' and '.join(labels)} answer the same question: only one of them can be had.")
    return {"selection": chosen, "prompt": realise(chosen)}


def _with_attribute(chosen: Selection, label: str) -> Selection:
    """One attribute more; of a question with one answer, instead of the answer that was chosen."""
    bucket = bucket_of(chosen.gender, label)
    wanted = [each for each in chosen.wanted if bucket.repeatable or each not in bucket.options]
    unwanted = tuple(each for each in chosen.unwanted if each != label)
    return Selection(chosen.gender, tuple(dict.fromkeys((*wanted, label))), unwanted)


def _settled(recipe: Recipe) -> Recipe:
    """What changes nothing is left out, so that equal portraits have equal names."""
    if recipe.adapter is None or recipe.adapter_scale > 0:
        return recipe
    return replace(recipe, adapter=None)
