"""Where faces come from: one protocol, and the sources by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from PIL import Image

from prompt_engine.errors import FaceSourceError
from prompt_engine.facets import Facets, MatchCount
from prompt_engine.query import Query


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

    filterable: bool  # whether queries may be about blurry or contradictory images
    splittable: bool  # whether they may be about a split
    versions: tuple[str, ...]  # of every image: as CelebA aligned it, first, or as it was found

    @property
    def fingerprint(self) -> str:
        """Other pictures in the first version have another."""
        ...

    def match_count(self, query: Query) -> MatchCount:
        """How many CelebA images match."""
        ...

    def facets(self, query: Query) -> Facets:
        """How many CelebA images match, and how many of them carry each label."""
        ...

    def sample(self, query: Query, count: int, seed: int, version: str | None = None) -> list[Face]:
        """At most `count` different matching faces; another seed gives others, the same seed the same.

        Fewer of one seed are the first of more.
        """
        ...

    def sample_ids(self, query: Query, count: int, seed: int) -> list[str]:
        """The `Face.id` of the faces that `sample` would try first; no image is read."""
        ...

    def ids(self, query: Query | None = None) -> Sequence[int]:
        """The number of every face that can be shown and matches, in order; by default, not blurry."""
        ...

    def labels(self, id: int) -> frozenset[str]:
        """The labels of one face by its number, without its image."""
        ...

    def number(self, name: str) -> int:
        """The number of the face whose `Face.id` is `name`.

        Raises:
            FaceSourceError: no face is called so.
        """
        ...

    def face(self, id: int, version: str | None = None) -> Face:
        """One face by its number; the first version when none is named."""
        ...

    def glance(self, id: int) -> Face:
        """The same in the first version, for whoever passes over all of them: nothing of it is kept."""
        ...


def open_face_source(spec: str | None) -> FaceSource:
    """The source that a setting names: a folder, a dataset on the Hub, or drawn portraits.

    `folder:PATH`, `hub:OWNER/NAME` or `hub:OWNER/NAME@REVISION`; None, empty or `drawn` for drawn portraits.

    Raises:
        FaceSourceError: an unknown kind of source, a folder that is not CelebA's, or a dataset that cannot be
            fetched.
        AttributeFileError: the attribute list cannot be used.
    """
    name = (spec or "").strip()
    if name in ("", "drawn"):
        from prompt_engine.faces.drawn import DrawnFaces

        return DrawnFaces()
    kind, _, place = (part.strip() for part in name.partition(":"))
    if kind == "folder" and place:
        from prompt_engine.faces.folder import FolderFaces

        return FolderFaces(Path(place).expanduser())
    if kind == "hub" and place:
        from prompt_engine.faces.hub import HubFaces

        return HubFaces(place)
    raise FaceSourceError(
        f"Unknown source of faces {spec!r}: write folder:PATH for a CelebA folder, hub:OWNER/NAME for a "
        "dataset on the Hub, or drawn."
    )
