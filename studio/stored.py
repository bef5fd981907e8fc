"""Finds what was made before by what a link says of it: no model, no other process, nothing of the Hub."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from generation.events import Arm
from generation.png.metadata import FILE_NAMES
from generation.recipe import Recipe, means_revision
from generation.results import ResultStore, read_place

Found = tuple[Recipe, tuple[Arm, ...], float]


class StoredResults:
    """The results store as links ask it: by recipes that say no revision, or the beginning of one.

    What lies in a place never changes, so each is read once.
    """

    def __init__(self, results: ResultStore) -> None:
        self._results = results
        self._read: dict[Path, Found | None] = {}

    def read(self) -> list[Path]:
        """Read whatever is new, and give all places, the latest first."""
        places = self._results.places()
        for place in places:
            if place not in self._read:
                self._read[place] = read_place(place)
        for place in self._read.keys() - set(places):
            self._read.pop(place, None)
        return places

    def find(self, recipe: Recipe) -> tuple[Recipe, dict[Arm, Path], float] | None:
        """What was stored last of what a recipe means: its recipe, its portraits, and what making them took.

        Where there are not both arms, what there is: of a grid that varies an adapter, the fine-tuned one.
        """
        found = [place for place in self.read() if means(recipe, self._read.get(place))]
        for place in sorted(found, key=lambda place: len(self._arms(place)), reverse=True):
            files = {arm: place / FILE_NAMES[arm] for arm in self._arms(place)}
            if all(file.is_file() for file in files.values()) and (known := self._read.get(place)):
                with suppress(OSError):  # asked for: it is kept longer
                    os.utime(place)
                return known[0], files, known[2]
        return None

    def _arms(self, place: Path) -> tuple[Arm, ...]:
        known = self._read.get(place)
        return known[1] if known else ()


def means(asked: Recipe, found: Found | None) -> bool:
    """Whether a stored result is one that is asked for."""
    return found is not None and means_recipe(asked, found[0])


def means_recipe(asked: Recipe, made: Recipe) -> bool:
    """Whether a recipe that may leave revisions out, or say their beginning, means one that was made."""
    if (asked.seed, asked.prompt, asked.model) != (made.seed, made.prompt, made.model):
        return False  # most of the store: recipes take a moment to make
    name, _, written = (asked.adapter or "").partition("@")
    revision = asked.adapter_revision or written or None
    # Pictures are made of prompts: what one was written of does not matter.
    plain = replace(asked, adapter=name or None, selection=None).with_revisions(None, None)
    if plain != replace(made, selection=None).with_revisions(None, None):
        return False
    of_model = means_revision(asked.model_revision, made.model_revision or "")
    return of_model and (made.adapter is None or means_revision(revision, made.adapter_revision or ""))
