"""Every portrait of a history in one ZIP, under names that say what they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

from generation.errors import GenerationError
from generation.events import Arm
from prompt_engine.whole_file import replacing
from studio.history.entry import Entry
from studio.history.pictures import Pictures

ARCHIVE = "portraits.zip"
NOTHING_KEPT = "None of the portraits in this history are kept any more: make them again in Explore."


class NothingKept(GenerationError):
    """There is no picture to put into an archive."""


def kept_files(entries: Sequence[Entry], pictures: Pictures) -> dict[str, Path]:
    """The PNGs that are still there, by their names in the archive.

    Raises:
        NothingKept: there are none.
    """
    files = {name: path for entry in entries for name, path in _named(entry, pictures.of(entry)).items()}
    if not files:
        raise NothingKept(NOTHING_KEPT)
    return files


def write_archive(path: Path, files: Mapping[str, Path]) -> None:
    """Write them as they are: a PNG carries its recipe, and does not get smaller."""
    with replacing(path, lasting=False) as beside, ZipFile(beside, "w", ZIP_STORED) as archive:
        for name, file in files.items():
            with suppress(FileNotFoundError):  # dropped meanwhile, to make room
                archive.write(file, name)


def _named(entry: Entry, files: Mapping[Arm, Path]) -> dict[str, Path]:
    """`2026-08-27 14-05-09 turbo seed 42 vanilla 0f3a.png`: the last part tells apart what is else alike."""
    made = datetime.fromtimestamp(entry.made_s, UTC).strftime("%Y-%m-%d %H-%M-%S")
    told = f"{made} {entry.recipe.model} seed {entry.recipe.seed}"
    return {f"{told} {path.stem} {entry.result[:6]}.png": path for path in files.values()}
