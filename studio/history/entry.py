"""One entry of a history: a finished comparison as its recipe, and the name under which its pictures lie."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from generation.errors import InvalidRecipe
from generation.recipe import Recipe
from generation.recipe_fields import public_adapter
from studio.services import StoredComparison

KEPT = 100  # about 60 kB, which travel whenever the history is shown
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
        # Where a file lies on the machine that serves the page is nobody's business.
        recipe = replace(stored.recipe, adapter=public_adapter(stored.recipe.adapter))
        return cls(recipe, file.parent.name, round(made_s, 3), stored.seconds, run)

    def to_json(self) -> str:
        """What a browser keeps."""
        values = {"result": self.result, "made": self.made_s, "seconds": self.seconds, "run": self.run}
        return json.dumps({"recipe": json.loads(self.recipe.to_json()), **values})

    @classmethod
    def from_values(cls, values: Any) -> Entry:
        """What `to_json` wrote, read as JSON.

        Raises:
            ValueError, InvalidRecipe: it is something else, or no recipe of today.
        """
        if not isinstance(values, dict):
            raise ValueError("not an entry")
        recipe = Recipe.from_json(json.dumps(values.get("recipe")))
        read: list[Any] = [values.get(name) for name in ("result", "made", "seconds", "run")]
        return cls(recipe, *read)


def read_entries(held: str) -> tuple[Entry, ...]:
    """The entries of a browser's list in JSON, the newest first; what is none of ours is passed over."""
    found: dict[str, Entry] = {}
    for values in _read_list(held)[:KEPT]:
        with suppress(ValueError, RecursionError, InvalidRecipe):
            entry = Entry.from_values(values)
            found.setdefault(entry.result, entry)
    return tuple(found.values())


def _read_list(text: str) -> list[Any]:
    with suppress(ValueError, RecursionError):  # the browser's list can be anybody's
        values = json.loads(text)
        return values if isinstance(values, list) else []
    return []
