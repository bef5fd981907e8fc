"""Faces that cannot be read: few are left out and remembered, many mean that the source is wrong."""

from __future__ import annotations

import json
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from prompt_engine.errors import FaceSourceError
from prompt_engine.whole_file import replacing
from training.errors import DataError
from training.progress import Say

MOST_SHARE = 0.01  # of the faces
MOST_IN_A_ROW = 20
MOST_SAID = 20


@dataclass
class Unreadable:
    """The faces that cannot be read, as they are met among so many."""

    faces: int
    say: Say | None = None
    ids: list[int] = field(default_factory=list)
    in_a_row: int = 0

    def note(self, face_id: int, error: FaceSourceError) -> None:
        """Note one more, and say so of the first ones.

        Raises:
            DataError: these are too many.
        """
        self.ids.append(face_id)
        self.in_a_row += 1
        if self.in_a_row >= MOST_IN_A_ROW:
            raise DataError(f"{self.in_a_row} faces one after another cannot be read; the last one: {error}")
        check_unreadable(len(self.ids), self.faces)
        if self.say and len(self.ids) <= MOST_SAID:
            self.say(f"left out: {error}")

    def keep(self, folder: Path) -> None:
        """Remember them beside the latents of the others, so that they are not tried again."""
        if self.ids:
            with replacing(folder / f"unreadable-{secrets.token_hex(8)}.json") as beside:
                beside.write_text(json.dumps(self.ids), encoding="utf-8")


def check_unreadable(count: int, faces: int) -> None:
    """Refuse a source of which too much is damaged.

    Raises:
        DataError: more than a hundredth.
    """
    if count > MOST_SHARE * faces:
        raise DataError(
            f"{count:,} of {faces:,} faces cannot be read, and at most 1 % may be left out: fetch them anew"
        )


def known_unreadable(folder: Path) -> npt.NDArray[np.int64]:
    """The faces that could not be read before."""
    known: set[int] = set()
    for path in folder.glob("unreadable-*.json"):
        with suppress(ValueError):
            known.update(json.loads(path.read_text(encoding="utf-8")))
    return np.array(sorted(known), dtype=np.int64)
