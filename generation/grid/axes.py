"""The axes of a grid, as data: what each varies, which values it takes, and how they are called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from generation.errors import InvalidRecipe
from generation.grid.values import (
    Value,
    read_adapter,
    read_attribute,
    read_model,
    read_number,
    read_values,
    read_whole,
)
from generation.models import MODELS
from generation.recipe_fields import public_adapter
from prompt_engine.attributes import attribute
from prompt_engine.nearest import name_advice

AxisName = Literal["model", "adapter", "attribute", "strength", "steps", "guidance", "seed"]


@dataclass(frozen=True)
class AxisKind:
    """What one kind of axis varies; `label` names a value where the axis is not named beside it."""

    title: str
    example: str
    read: Callable[[str], list[Value]]
    label: Callable[[Value], str]


@dataclass(frozen=True)
class Axis:
    """A kind of axis with one to five different values."""

    name: AxisName
    values: tuple[Value, ...]

    @property
    def title(self) -> str:
        """What it varies."""
        return AXES[self.name].title

    @property
    def public_values(self) -> tuple[Value, ...]:
        """Its values as strangers may read them."""
        if self.name != "adapter":
            return self.values
        return tuple(None if value is None else public_adapter(str(value)) for value in self.values)

    @property
    def labels(self) -> tuple[str, ...]:
        """How its values are called."""
        return tuple(map(AXES[self.name].label, self.values))


def read_axis(name: str, text: str) -> Axis:
    """An axis from its name and from what was written for its values.

    Raises:
        InvalidRecipe: there is no such axis, or with a sentence for each part that is no value of it.
    """
    for known, kind in AXES.items():
        if name == known:
            values = read_values(kind.title, text, kind.read)
            if not values:
                raise InvalidRecipe(f"{kind.title} has no values: give 1 to 5, such as {kind.example}.")
            return Axis(known, values)
    raise InvalidRecipe(f"Unknown axis {name!r}: {name_advice(name, AXES)}")


def _model_label(value: Value) -> str:
    return MODELS[str(value)].title


def _adapter_label(value: Value) -> str:
    return "no adapter" if value is None else str(public_adapter(str(value)))


def _attribute_label(value: Value) -> str:
    return "as chosen" if value is None else attribute(str(value)).title


def _steps_label(value: Value) -> str:
    return "1 step" if value == 1 else f"{value} steps"


def _strength_label(value: Value) -> str:
    return f"strength {value:g}" if value else "strength 0, vanilla"


AXES: Mapping[AxisName, AxisKind] = MappingProxyType(
    {
        "model": AxisKind("Model", "large, turbo, medium", read_model, _model_label),
        "adapter": AxisKind("Adapter", "owner/name, none", read_adapter, _adapter_label),
        "attribute": AxisKind("Attribute", "none, Smiling, Eyeglasses", read_attribute, _attribute_label),
        "strength": AxisKind("Adapter strength", "0, 0.5, 1", read_number, _strength_label),
        "steps": AxisKind("Steps", "10, 20, 30", read_whole, _steps_label),
        "guidance": AxisKind("Guidance", "2, 4, 8", read_number, "guidance {:g}".format),
        "seed": AxisKind("Seed", "1-3", read_whole, "seed {}".format),
    }
)
