"""Finished comparisons on disk, each under its recipe and what rendered it: a cache and a history in one."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from PIL import Image

from generation.errors import InvalidRecipe
from generation.events import Arm, Comparison
from generation.metadata import FILE_NAMES, write_comparison
from generation.recipe import Recipe

SCHEMA = 2  # 1 did not name the rendering
KEPT = 1_000  # about 50 MB from the demo model, 4 GB from SD 3.5
_MANIFEST = "result.json"
# A result under its key, or what a killed process left of writing one. Nothing else is ever deleted.
_OURS = re.compile(r"([0-9a-f]{2})/\1[0-9a-f]{62}(-\w+\.tmp)?")


class ResultStore:
    """A folder of results; several processes may use it at once.

    `folder`, within the one that was chosen, holds them and nothing else: at most `kept`, storing one more
    drops what was asked for longest ago.
    """

    def __init__(self, chosen: Path, kept: int = KEPT) -> None:
        self.folder = Path(chosen) / "comparisons"
        self.kept = kept

    def get(self, recipe: Recipe, rendering: str) -> Comparison | None:
        """The stored comparison of exactly this recipe and rendering; None when there is none to be read."""
        place = self._place(recipe, rendering)
        try:
            manifest = json.loads((place / _MANIFEST).read_text(encoding="utf-8"))
            if manifest["schema"] != SCHEMA or manifest["rendering"] != rendering:
                return None
            if Recipe.from_json(manifest["recipe"]) != recipe:
                return None
            images = {arm: _read_image(place / name) for arm, name in FILE_NAMES.items()}
            self._mark_used(place)
            seconds = float(manifest["seconds"])
            return Comparison(recipe, images, seconds, rendering)
        except (OSError, ValueError, KeyError, TypeError, SyntaxError, InvalidRecipe):
            return None

    def put(self, comparison: Comparison) -> Path:
        """Store a comparison whole or not at all, and give its folder."""
        place = self._place(comparison.recipe, comparison.rendering)
        place.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=place.parent, prefix=f"{place.name}-", suffix=".tmp"))
        try:
            write_comparison(comparison, beside)
            (beside / _MANIFEST).write_text(_manifest(comparison), encoding="utf-8")
            beside.chmod(0o755)
            self._move_in(beside, place, comparison)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
        self._drop_oldest()
        return place

    def paths(self, comparison: Comparison) -> dict[Arm, Path]:
        """Where the portraits of a stored comparison lie."""
        place = self._place(comparison.recipe, comparison.rendering)
        return {arm: place / name for arm, name in FILE_NAMES.items()}

    def _place(self, recipe: Recipe, rendering: str) -> Path:
        key = hashlib.sha256(f"{recipe.fingerprint()}\n{rendering}".encode()).hexdigest()
        return self.folder / key[:2] / key

    @staticmethod
    def _mark_used(place: Path) -> None:
        with suppress(OSError):  # what cannot be written can still be read
            os.utime(place)

    def _drop_oldest(self) -> None:
        """Keep the `kept` places that were used last; what a killed process left behind grows old too."""
        names = (place.relative_to(self.folder).as_posix() for place in self.folder.glob("*/*"))
        places = [self.folder / name for name in names if _OURS.fullmatch(name)]
        for place in sorted(places, key=_last_used, reverse=True)[self.kept :]:
            shutil.rmtree(place, ignore_errors=True)

    def _move_in(self, beside: Path, place: Path, comparison: Comparison) -> None:
        if place.exists() and self.get(comparison.recipe, comparison.rendering) is None:
            shutil.rmtree(place, ignore_errors=True)
        try:
            beside.rename(place)
        except OSError:
            # Someone else stored the same meanwhile: theirs has the same pictures.
            if self.get(comparison.recipe, comparison.rendering) is None:
                raise


def _last_used(place: Path) -> float:
    try:
        return place.stat().st_mtime
    except OSError:  # another process has just dropped it
        return 0.0


def _read_image(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB")


def _manifest(comparison: Comparison) -> str:
    recipe, seconds = comparison.recipe.to_json(), round(comparison.seconds, 3)
    values = {"schema": SCHEMA, "recipe": recipe, "rendering": comparison.rendering, "seconds": seconds}
    return json.dumps(values, indent=2) + "\n"
