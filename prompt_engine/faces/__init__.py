"""Where faces come from: one protocol, and the sources by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from PIL import Image

from prompt_engine.counts import MatchCount
from prompt_engine.errors import FaceSourceError
from prompt_engine.selection import Selection

_FOLDER = "folder:"


@dataclass(frozen=True)
class Face:
    """One face: what to call it, its RGB image, and all CelebA labels that it carries."""

    id: str
    image: Image.Image
    labels: frozenset[str]


class FaceSource(Protocol):
    """Faces that can be asked for by selection, or one by one for training."""

    title: str
    notice: str  # one line: the source and its licence
    drawn: bool  # drawn by this program, not photographed

    def match_count(self, selection: Selection) -> MatchCount:
        """How many CelebA images match."""
        ...

    def sample(self, selection: Selection, count: int, seed: int) -> list[Face]:
        """At most `count` different matching faces; another seed gives others, the same seed the same."""
        ...

    def ids(self) -> Sequence[int]:
        """The number of every face that can be shown, in a fixed order."""
        ...

    def labels(self, id: int) -> frozenset[str]:
        """The labels of one face by its number, without its image."""
        ...

    def face(self, id: int) -> Face:
        """One face by its number."""
        ...


def open_face_source(spec: str | None) -> FaceSource:
    """The source that a setting names: `folder:PATH`; None, empty or `drawn` for drawn portraits.

    Raises:
        FaceSourceError: an unknown kind of source, or a folder that is not CelebA's.
        AttributeFileError: the folder's attribute list cannot be used.
    """
    name = (spec or "").strip()
    if name in ("", "drawn"):
        from prompt_engine.faces.drawn import DrawnFaces

        return DrawnFaces()
    path = name.removeprefix(_FOLDER).strip()
    if name.startswith(_FOLDER) and path:
        from prompt_engine.faces.folder import FolderFaces

        return FolderFaces(Path(path).expanduser())
    raise FaceSourceError(
        f"Unknown source of faces {spec!r}: write folder:PATH for a CelebA folder, or drawn."
    )
