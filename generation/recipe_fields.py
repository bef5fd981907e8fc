"""Single fields of a recipe, from a stranger's link or picture: what can be used, and why the rest cannot."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from generation.adapters.names import parse_hub_name
from generation.errors import InvalidRecipe
from generation.recipe import Recipe


def usable_fields(values: Mapping[str, Any], model: str = "demo") -> tuple[dict[str, Any], list[str]]:
    """The fields that a recipe can hold, and the sentences that speak against each of the others.

    Steps, guidance and size are looked at for the model that is named, or else for `model`. An adapter that
    lies on somebody's disk is none of them: the name would lead to a file of whoever opens it.
    """
    fields: dict[str, Any] = {}
    problems: list[str] = []
    for name in sorted(values, key=lambda name: name != "model"):
        try:
            _check_adapter(name, values[name])
            Recipe(**{"prompt": "absent", "seed": 0, "model": fields.get("model", model), name: values[name]})
            fields[name] = values[name]
        except InvalidRecipe as error:
            problems += error.problems
    return _without_loose_revisions(values, fields), problems


def _without_loose_revisions(values: Mapping[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    """A revision of what cannot be used would be taken for one of what is used instead."""
    loose = {f"{name}_revision" for name in ("model", "adapter") if name in values and name not in fields}
    return {name: value for name, value in fields.items() if name not in loose}


def is_shared_adapter(adapter: Any) -> bool:
    """Whether a name means the same adapter on every machine: none, the built-in one, or one on the Hub."""
    if adapter is None or adapter == "demo":
        return True
    return isinstance(adapter, str) and parse_hub_name(adapter) is not None


def public_adapter(adapter: str | None) -> str | None:
    """What strangers may read of an adapter's name: of a path only its last part."""
    return adapter if adapter is None or is_shared_adapter(adapter) else Path(adapter).name


def _check_adapter(name: str, value: Any) -> None:
    if name == "adapter" and not is_shared_adapter(value):
        raise InvalidRecipe(f"The adapter {value!r} is none that can be shared: name one on the Hub.")
