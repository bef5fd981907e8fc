"""The fields of a recipe in JSON text, read one by one: the text may come from a stranger's file."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from generation.errors import InvalidRecipe
from prompt_engine.errors import PromptEngineError
from prompt_engine.nearest import name_advice
from prompt_engine.selection import Selection

SCHEMA = 2
# What each older schema did not know yet; what it left out has its default.
_ADDED_AFTER = {1: ("step_caching",), 2: ()}

_REQUIRED = ("prompt", "seed")
_SELECTION_FIELDS = ("gender", "wanted", "unwanted")


def parse_fields(text: str, known: Collection[str]) -> tuple[dict[str, Any], list[str]]:
    """The known fields with their values, and a sentence for each that is unknown, absent or unusable.

    Raises:
        InvalidRecipe: the text is no recipe of a known schema at all.
    """
    fields = _parse_object(text)
    added_later = _ADDED_AFTER[_schema(fields)]
    known = [name for name in known if name not in added_later]
    problems = [
        f"Unknown recipe field {name!r}: {name_advice(name, known)}" for name in fields if name not in known
    ]
    problems += [f"The recipe has no {name}: add it." for name in _REQUIRED if name not in fields]
    values = {name: value for name, value in fields.items() if name in known}
    if values.get("selection") is not None:
        values["selection"], selection_problems = _parse_selection(values["selection"])
        problems += selection_problems
    return values, problems


def _parse_object(text: str) -> dict[str, Any]:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidRecipe(f"This is not a recipe: {text[:40]!r} is not JSON that can be read.") from None
    if not isinstance(fields, dict):
        raise InvalidRecipe(f"This is not a recipe: it is a {type(fields).__name__}, not an object.")
    return fields


def _schema(fields: dict[str, Any]) -> int:
    """Take the schema out of the fields."""
    schema = fields.pop("schema", None)
    # JSON's true is 1 to Python, and a list is no key of a table.
    if type(schema) is not int or schema not in _ADDED_AFTER:
        raise InvalidRecipe(f"This recipe has schema {schema!r}: schemas 1 to {SCHEMA} can be read.")
    return schema


def _parse_selection(value: Any) -> tuple[Selection | None, list[str]]:
    if not isinstance(value, dict) or not set(value) <= set(_SELECTION_FIELDS) or "gender" not in value:
        return None, [f"The selection is {value!r}: give {', '.join(_SELECTION_FIELDS)}."]
    sides = [value.get(side, []) for side in _SELECTION_FIELDS[1:]]
    if not all(isinstance(side, list) and all(isinstance(label, str) for label in side) for side in sides):
        return None, ["The selection's wanted and unwanted attributes must be lists of labels."]
    try:
        return Selection(value["gender"], *map(tuple, sides)), []
    except PromptEngineError as error:
        return None, [str(error)]
