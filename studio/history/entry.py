"""One entry of a history: a finished comparison as its recipe, and the name under which its pictures lie."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from generation.errors import InvalidRecipe
from generation.events import ARMS, Arm
from generation.recipe import Recipe
from studio.services import StoredComparison

KEPT = 100  # about 60 kB, which travel with every event that asks for the history
_RESULT = re.compile("[0-9a-f]{64}")
_LATEST_S = 1e11  # some thousand years


@dataclass(frozen=True)
class Entry:
    """`result` names the folder in the results store, `made_s` are seconds since 1970 (UTC).

    `seconds`, where known, is what making took; `run` is the same for all that one click had made.

    Raises:
        ValueError: one of them is no such thing.
    """

    recipe: Recipe
    result: str
    made_s: float
    seconds: float | None = None
    run: str | None = None

    def __post_init__(self) -> None:
        run_fits = self.run is None or (isinstance(self.run, str) and len(self.run) <= 40)
        if not (isinstance(self.result, str) and _RESULT.fullmatch(self.result) and run_fits):
            raise ValueError(f"not the name of a result or a run: {self.result!r:.80}, {self.run!r:.80}")
        for number in (self.made_s, 0 if self.seconds is None else self.seconds):
            if not isinstance(number, int | float) or not 0 <= number < _LATEST_S:
                raise ValueError(f"no seconds: {number!r:.80}")

    @classmethod
    def of(cls, stored: StoredComparison, made_s: float, run: str | None = None) -> Entry:
        """The entry of a comparison that lies in the results store."""
        file = next(iter(stored.files.values()))
        return cls(stored.recipe, file.parent.name, round(made_s), stored.seconds, run)

    @property
    def arms(self) -> tuple[Arm, ...]:
        """Which portraits there are."""
        return ("vanilla",) if self.recipe.adapter is None else ARMS

    def to_values(self) -> dict[str, Any]:
        """What a browser keeps."""
        values = {"result": self.result, "made": self.made_s, "seconds": self.seconds, "run": self.run}
        return {"recipe": json.loads(self.recipe.to_json()), **values}

    @classmethod
    def from_values(cls, values: Any) -> Entry:
        """What `to_values` gave.

        Raises:
            ValueError, InvalidRecipe: it is something else, or no recipe of today.
        """
        if not isinstance(values, dict):
            raise ValueError("not an entry")
        recipe = Recipe.from_json(json.dumps(values.get("recipe")))
        read: list[Any] = [values.get(name) for name in ("result", "made", "seconds", "run")]
        return cls(recipe, *read)


def read_entries(held: Any) -> tuple[Entry, ...]:
    """The entries that a browser holds, the newest first; what is none of ours is passed over."""
    found: dict[str, Entry] = {}
    for values in held[:KEPT] if isinstance(held, list) else []:
        try:
            entry = Entry.from_values(values)
        except (ValueError, InvalidRecipe):
            continue
        found.setdefault(entry.result, entry)
    return tuple(found.values())


def write_entries(entries: tuple[Entry, ...]) -> list[dict[str, Any]]:
    """What the browser keeps of them."""
    return [entry.to_values() for entry in entries[:KEPT]]


def with_newer(older: tuple[Entry, ...], newer: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Both, the newer first; of the same result only the newer one."""
    results = {entry.result for entry in newer}
    return (*newer, *(entry for entry in older if entry.result not in results))[:KEPT]
