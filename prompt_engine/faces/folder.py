"""Real faces from a CelebA folder; rows whose image is missing are counted but never shown."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path, PurePath

import numpy as np
import numpy.typing as npt
from PIL import Image

from prompt_engine.celeba_layout import find_attribute_file, find_image_folder
from prompt_engine.counts import MatchCount
from prompt_engine.errors import FaceSourceError
from prompt_engine.faces import Face
from prompt_engine.index import open_index, sample_rows
from prompt_engine.selection import Selection

_LOG = logging.getLogger(__name__)
_SUFFIXES = (".jpg", ".jpeg", ".png")
_SPARE = 20  # drawn beyond what is asked for, in case some files are damaged


class FolderFaces:
    """The faces of a CelebA folder on disk; a face's number is the row of its image in the attribute list."""

    title = "CelebA"
    notice = (
        "CelebA (Liu et al., ICCV 2015), from a folder on this machine; for non-commercial research only."
    )
    drawn = False

    def __init__(self, root: Path | str, cache_dir: Path | str | None = None) -> None:
        """Open the index and list the image folder once.

        Raises:
            FaceSourceError: the folder is missing, half there or not CelebA's.
            AttributeFileError: its attribute list cannot be used.
        """
        attribute_file = find_attribute_file(Path(root))
        self._images = find_image_folder(Path(root))
        self.index = open_index(attribute_file, cache_dir)
        files = _list_images(self._images)
        stems = (PurePath(name).stem for name in self.index.names.astype(str).tolist())
        self._files: list[str | None] = [files.get(stem) for stem in stems]
        self._present: npt.NDArray[np.bool_] = np.array([file is not None for file in self._files])
        if not self._present.any():
            raise FaceSourceError(
                f"{self._images} holds none of the images that {attribute_file.name} lists: "
                "unpack img_align_celeba there."
            )

    def match_count(self, selection: Selection) -> MatchCount:
        """How many rows match, whether or not their image is there."""
        return MatchCount(self.index.count(selection), exact=True)

    def sample(self, selection: Selection, count: int, seed: int) -> list[Face]:
        """At most `count` different matching faces, from the images that are there and can be read."""
        matches = self.index.match_ids(selection)
        there = matches[self._present[matches]]
        faces: list[Face] = []
        for row in sample_rows(there, count + _SPARE, seed).tolist():
            if len(faces) == count:
                break
            try:
                faces.append(self.face(row))
            except FaceSourceError as error:  # one bad file must not empty the gallery
                _LOG.warning("%s", error)
        return faces

    def ids(self) -> Sequence[int]:
        """The rows, not Blurry, whose image is there."""
        rows = self.index.rows
        return rows[self._present[rows]].tolist()

    def labels(self, id: int) -> frozenset[str]:
        """The labels of a row, which must be one of `ids()`."""
        return self.index.labels(id)

    def face(self, id: int) -> Face:
        """Read the image of a row.

        Raises:
            FaceSourceError: no such row, or its image is missing or damaged.
        """
        file = self._files[id] if 0 <= id < len(self._files) else None
        if file is None:
            raise FaceSourceError(f"There is no image number {id} in {self._images}: choose one of ids().")
        try:
            labels = self.index.labels(id)
        except KeyError:
            raise FaceSourceError(
                f"{file} is Blurry, and blurry images are left out: choose one of ids()."
            ) from None
        return Face(file, _read_image(self._images / file), labels)


def _read_image(path: Path) -> Image.Image:
    try:
        with Image.open(path) as image:
            return image.convert("RGB")
    # What Pillow raises depends on the format and on the byte that is damaged.
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise FaceSourceError(f"The image {path} cannot be read: fetch it again, or remove it.") from error


def _list_images(folder: Path) -> dict[str, str]:
    """File names by stem: the attribute list always says .jpg, also for PNG files."""
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries]
    except OSError as error:
        reason = error.strerror or error
        raise FaceSourceError(f"The image folder {folder} cannot be listed ({reason}).") from error
    return {PurePath(name).stem: name for name in names if name.lower().endswith(_SUFFIXES)}
