"""A batch file: one picture a line, as a prompt or as a JSON object; read whole before anything is made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from generation.errors import InvalidRecipe
from generation.recipe import Recipe
from prompt_engine.errors import PromptEngineError
from prompt_engine.nearest import name_advice
from prompt_engine.realiser import realise
from prompt_engine.selection import Selection

LARGEST_FILE = 16_000_000  # bytes
MOST_TOLD = 10

_CHOICE = ("attributes", "without")
_FIELDS = (*_CHOICE, *(field.name for field in fields(Recipe) if field.name != "selection"))


@dataclass(frozen=True)
class BatchLine:
    """One line that asks for a picture; `number` counts from 1, as editors do."""

    number: int
    recipe: Recipe


def read_batch(path: Path, plain: Mapping[str, Any]) -> list[BatchLine]:
    """What a file asks for; `plain` are the fields of a recipe for lines that do not say them.

    `a man with a hat`, or `{"attributes": ["male", "Wearing_Hat"], "seed": 7, "steps": 30}`. Empty lines, and
    those that begin with #, say nothing.

    Raises:
        InvalidRecipe: with a sentence for each of the first lines that cannot be used.
        OSError: the file cannot be read.
    """
    if path.stat().st_size > LARGEST_FILE:
        raise InvalidRecipe(f"{path.name} is larger than {LARGEST_FILE:,} bytes: part it into several files.")
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise InvalidRecipe(f"{path.name} is no text in UTF-8: save it as such.") from None
    found: list[BatchLine] = []
    problems: list[str] = []
    for number, line in enumerate(map(str.strip, lines), start=1):
        if line and not line.startswith("#"):
            try:
                found.append(BatchLine(number, _read_line(line, plain)))
            except (InvalidRecipe, PromptEngineError) as error:
                problems.append(f"Line {number}: {error}")
    if problems:
        more = len(problems) - MOST_TOLD
        rest = [f"{more:,} more lines cannot be used."] if more > 0 else []
        raise InvalidRecipe([*problems[:MOST_TOLD], *rest])
    if not found:
        raise InvalidRecipe(f"{path.name} asks for nothing: write a prompt into each line.")
    return found


def _read_line(line: str, plain: Mapping[str, Any]) -> Recipe:
    said = _parsed(line) if line.startswith("{") else {"prompt": line}
    unknown = [name for name in said if name not in _FIELDS]
    if unknown:
        raise InvalidRecipe([f"Unknown field {name!r}: {name_advice(name, _FIELDS)}" for name in unknown])
    if ("attributes" in said) == ("prompt" in said):
        raise InvalidRecipe("Say either attributes or a prompt.")
    return Recipe(**{**plain, **_words(said)})


def _words(said: dict[str, Any]) -> dict[str, Any]:
    """What is said, with the selection and its sentence instead of attributes."""
    others = {name: value for name, value in said.items() if name not in _CHOICE}
    if "attributes" not in said:
        if "without" in said:
            raise InvalidRecipe("`without` goes with attributes: with a prompt, say it in the prompt.")
        return others
    labels, without = said["attributes"], said.get("without", [])
    for name, value in (("attributes", labels), ("without", without)):
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise InvalidRecipe(f'{name} is {value!r}: give a list such as ["female", "Smiling"].')
    if not labels:
        raise InvalidRecipe("attributes is empty: begin with a gender, female or male.")
    selection = Selection(labels[0], tuple(labels[1:]), tuple(without))
    return {**others, "selection": selection, "prompt": realise(selection)}


def _parsed(line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InvalidRecipe(f"This is not JSON that can be read ({error}).") from None
    return dict(value)
