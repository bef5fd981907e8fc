"""Real faces from a CelebA folder; rows whose image is missing are counted but never shown."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from prompt_engine.bitmaps import Rows
from prompt_engine.celeba_layout import find_attribute_file, find_image_folders, find_partition_file
from prompt_engine.errors import FaceSourceError, NoImages
from prompt_engine.faces import Face
from prompt_engine.faces.image_folder import ImageFolder
from prompt_engine.faces.indexed import IndexedFaces
from prompt_engine.index import open_index


class FolderFaces(IndexedFaces):
    """The faces of a CelebA folder on disk; images in the wild are given as they are, whatever their size."""

    title = "CelebA"
    notice = (
        "CelebA (Liu et al., ICCV 2015), from a folder on this machine; for non-commercial research only."
    )

    def __init__(self, root: Path | str, cache_dir: Path | str | None = None) -> None:
        """Open the index and list the image folders once.

        Raises:
            FaceSourceError: the folder is missing, half there or not CelebA's.
            NoImages: the list is there, and none of its images, or it names none.
            AttributeFileError: its attribute list or its partition cannot be used.
        """
        root = Path(root)
        attribute_file = find_attribute_file(root)
        folders = find_image_folders(root)
        self.index = open_index(attribute_file, find_partition_file(root), cache_dir)
        if not self.index.named:
            raise NoImages(
                f"{attribute_file} names no images, so none can be told from another: "
                "give a list with a column of file names, image_id."
            )
        self.splittable = self.index.has_splits
        listed = {version: ImageFolder.list(path, self.index.names) for version, path in folders.items()}
        self._images = {version: images for version, images in listed.items() if images.there.any()}
        self.versions = tuple(self._images)
        if not self.versions:
            raise NoImages(
                f"{' and '.join(map(str, folders.values()))} holds none of the images that "
                f"{attribute_file.name} lists: unpack img_align_celeba there."
            )

    @property
    def fingerprint(self) -> str:
        """Which folder its usual images lie in, and what says that one of them was replaced.

        Raises:
            FaceSourceError: the folder cannot be read.
        """
        return self._images[self.versions[0]].fingerprint()

    @property
    def folder(self) -> Path:
        """Where its usual images lie."""
        return self._images[self.versions[0]].folder

    def file_name(self, id: int) -> str:
        """What the file of a row is called; the list says .jpg of PNG files too.

        Raises:
            FaceSourceError: its image is missing.
        """
        return self._images[self.versions[0]].path(id).name

    def face(self, id: int, version: str | None = None) -> Face:
        """Read the image of a row.

        Raises:
            FaceSourceError: no such row or version, or its image is missing or damaged.
        """
        path = self._images[self._known(version)].path(id)
        return Face(path.name, _read_image(path), self.index.labels(id))

    def _there(self, rows: Rows, version: str) -> Rows:
        return rows[self._images[version].there[rows]]


def _read_image(path: Path) -> Image.Image:
    try:
        with Image.open(path) as image:
            return image.convert("RGB")
    # What Pillow raises depends on the format and on the byte that is damaged.
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise FaceSourceError(f"The image {path.name} cannot be read: fetch it anew or remove it.") from error
