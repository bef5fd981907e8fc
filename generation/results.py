"""Finished comparisons on disk, each under its recipe, its arms and what rendered it: cache and history."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from PIL import Image

from generation.errors import InvalidRecipe
from generation.events import ARMS, Arm, Comparison, Waiting
from generation.file_turn import turn_at
from generation.png.metadata import FILE_NAMES, write_comparison
from generation.recipe import Recipe
from prompt_engine.file_times import past

SCHEMA = 3  # 1 did not name the rendering, 2 not the arms
KEPT = 2_000
KEPT_BYTES = 4_000_000_000  # about 1,000 comparisons of SD 3.5; 2,000 of the demo model take 100 MB
LEFT_BEHIND_S = 3_600  # nobody writes a result for so long: who began it was killed
_MANIFEST = "result.json"
_TRIES = 10
# A result under its key, or what is being written or removed beside it. Nothing else is ever deleted.
_RESULT = re.compile(r"([0-9a-f]{2})/\1[0-9a-f]{62}")
_UNFINISHED = re.compile(r"([0-9a-f]{2})/\1[0-9a-f]{62}-\w+\.tmp")

Step = TypeVar("Step")


@dataclass(frozen=True)
class StoredComparison:
    """A finished comparison as files: PNGs that carry their recipe; `seconds`, where known, made them."""

    recipe: Recipe
    files: Mapping[Arm, Path]
    seconds: float | None = None


class ResultStore:
    """A folder of results; several processes may use it at once, and any may be killed.

    `folder`, within the one that was chosen, holds them and nothing else: at most `kept` of them, of at most
    `kept_bytes` in all. Storing one more drops what was asked for longest ago.
    """

    def __init__(self, chosen: Path, kept: int = KEPT, kept_bytes: int = KEPT_BYTES) -> None:
        self.folder = Path(chosen) / "comparisons"
        self.kept = kept
        self.kept_bytes = kept_bytes
        self._turns = Path(chosen) / "in-flight"

    def get(self, recipe: Recipe, rendering: str, arms: tuple[Arm, ...] = ARMS) -> Comparison | None:
        """The stored comparison of exactly this recipe, rendering and arms; None where none can be read."""
        found = self.find(recipe, rendering, arms)
        if found is None:
            return None
        try:
            images = {arm: _read_image(file) for arm, file in found.files.items()}
        except (OSError, ValueError, SyntaxError):
            return None
        return Comparison(recipe, images, found.seconds or 0.0, rendering)

    def find(self, recipe: Recipe, rendering: str, arms: tuple[Arm, ...] = ARMS) -> StoredComparison | None:
        """What `get` gives, as files: whole by their checksums, and not decoded."""
        place = self._place(recipe, rendering, arms)
        try:
            manifest = json.loads((place / _MANIFEST).read_text(encoding="utf-8"))
            asked = {"schema": SCHEMA, "rendering": rendering, "arms": list(arms)}
            if {name: manifest[name] for name in asked} != asked:
                return None
            if Recipe.from_json(manifest["recipe"]) != recipe:
                return None
            files = {arm: place / FILE_NAMES[arm] for arm in arms}
            for file in files.values():
                _check_image(file)
            self._mark_used(place)
            return StoredComparison(recipe, files, float(manifest["seconds"]))
        except (OSError, ValueError, KeyError, TypeError, SyntaxError, InvalidRecipe):
            return None

    def put(self, comparison: Comparison) -> Path:
        """Store a comparison whole or not at all, and give its folder."""
        place = self._place(comparison.recipe, comparison.rendering, comparison.arms)
        place.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=place.parent, prefix=f"{place.name}-", suffix=".tmp"))
        try:
            write_comparison(comparison, beside)
            (beside / _MANIFEST).write_text(_manifest(comparison), encoding="utf-8")
            beside.chmod(0o755)
            self._move_in(beside, place, comparison)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
        self._make_room()
        return place

    def once(
        self,
        recipe: Recipe,
        rendering: str,
        arms: tuple[Arm, ...],
        make: Callable[[], Generator[Step, None, Comparison]],
    ) -> Generator[Step | Waiting, None, Comparison]:
        """The stored comparison; or what `make` yields and returns, which is stored.

        Whoever else asks for the same meanwhile, in any process, waits for it. Where the maker fails, stops
        or is killed, the next one makes it. `make` must not ask for the same: it would wait for itself.
        """
        stored = self.get(recipe, rendering, arms)
        if stored is not None:
            return stored
        place = self._place(recipe, rendering, arms)
        with turn_at(self._turns / f"{place.name}.lock") as came:
            while not came():
                yield Waiting()
            # Whoever was before may have made it.
            stored = self.get(recipe, rendering, arms)
            if stored is None:
                stored = yield from make()
                self.put(stored)
            return stored

    def latest(self, most: int) -> list[tuple[Recipe, tuple[Arm, ...], float]]:
        """Recipe, arms and seconds of what was stored or asked for last, the newest first."""
        return [found for place in self.places()[:most] if (found := read_place(place))]

    def places(self) -> list[Path]:
        """The folders of all results, what was stored or asked for last first."""
        return sorted(self._found(_RESULT), key=_last_used, reverse=True)

    def paths(self, comparison: Comparison) -> dict[Arm, Path]:
        """Where the portraits of a stored comparison lie."""
        place = self._place(comparison.recipe, comparison.rendering, comparison.arms)
        return {arm: place / FILE_NAMES[arm] for arm in comparison.arms}

    def _place(self, recipe: Recipe, rendering: str, arms: tuple[Arm, ...]) -> Path:
        named = "\n".join((recipe.fingerprint(), rendering, *arms))
        key = hashlib.sha256(named.encode()).hexdigest()
        return self.folder / key[:2] / key

    @staticmethod
    def _mark_used(place: Path) -> None:
        with suppress(OSError):  # what cannot be written can still be read
            os.utime(place)

    def _make_room(self) -> None:
        """Keep the places that were used last, and nothing that a killed process left behind."""
        held = 0
        for number, place in enumerate(sorted(self._found(_RESULT), key=_last_used, reverse=True)):
            held += _size(place)
            if number >= self.kept or held > self.kept_bytes:
                _remove(place)
        for beside in self._found(_UNFINISHED):
            if _last_used(beside) < time.time() - LEFT_BEHIND_S:
                shutil.rmtree(beside, ignore_errors=True)

    def _found(self, pattern: re.Pattern[str]) -> list[Path]:
        names = (place.relative_to(self.folder).as_posix() for place in self.folder.glob("*/*"))
        return [self.folder / name for name in names if pattern.fullmatch(name)]

    def _move_in(self, beside: Path, place: Path, comparison: Comparison) -> None:
        """Others may store, repair or drop the same meanwhile: what they stored has the same pictures."""
        for last in [False] * (_TRIES - 1) + [True]:
            if self.get(comparison.recipe, comparison.rendering, comparison.arms) is not None:
                return
            if place.exists():
                _remove(place)
            try:
                beside.rename(place)
                return
            except OSError:
                if last:
                    raise


def read_place(place: Path) -> tuple[Recipe, tuple[Arm, ...], float] | None:
    """Recipe, arms and seconds of the result in a folder; None where none can be read."""
    with suppress(OSError, ValueError, KeyError, TypeError, InvalidRecipe):
        manifest = json.loads((place / _MANIFEST).read_text(encoding="utf-8"))
        recipe, seconds = Recipe.from_json(manifest["recipe"]), float(manifest["seconds"])
        return recipe, tuple(arm for arm in ARMS if arm in manifest["arms"]), seconds
    return None


def _last_used(place: Path) -> float:
    try:
        return past(place.stat().st_mtime)
    except OSError:  # another process has just dropped it
        return 0.0


def _size(place: Path) -> int:
    """Bytes of the files of a result; 0 where another process has just dropped it."""
    with suppress(OSError):
        return sum(entry.stat().st_size for entry in os.scandir(place))
    return 0


def _remove(place: Path) -> None:
    """Away at once, so that nobody finds half of it; the files follow."""
    aside = place.with_name(f"{place.name}-{secrets.token_hex(4)}.tmp")
    with suppress(OSError):
        place.rename(aside)
    shutil.rmtree(aside, ignore_errors=True)


def _check_image(path: Path) -> None:
    """Raise OSError or SyntaxError where a PNG is not whole."""
    with Image.open(path) as image:
        image.verify()


def _read_image(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB")


def _manifest(comparison: Comparison) -> str:
    recipe, seconds = comparison.recipe.to_json(), round(comparison.seconds, 3)
    made = {"recipe": recipe, "rendering": comparison.rendering, "arms": comparison.arms, "seconds": seconds}
    return json.dumps({"schema": SCHEMA, **made}, indent=2) + "\n"
