"""Where the parts of a CelebA folder lie: the official layout, and the flat one that some tools make."""

from __future__ import annotations

from pathlib import Path

from prompt_engine.errors import FaceSourceError

_ATTRIBUTE_FILES = (
    "Anno/list_attr_celeba.txt",
    "Anno/list_attr_celeba.csv",
    "list_attr_celeba.txt",
    "list_attr_celeba.csv",
)
# The inner folder first: some archives unpack one into another of the same name.
_IMAGE_FOLDERS = (
    "Img/img_align_celeba/img_align_celeba",
    "Img/img_align_celeba",
    "Img/img_align_celeba_png",
    "img_align_celeba/img_align_celeba",
    "img_align_celeba",
)


def find_attribute_file(root: Path) -> Path:
    """The attribute list of a CelebA folder.

    Raises:
        FaceSourceError: no such folder, or one without the list.
    """
    return _find(root, _ATTRIBUTE_FILES, "the attribute list", "Anno/list_attr_celeba.txt")


def find_image_folder(root: Path) -> Path:
    """The folder of aligned images of a CelebA folder.

    Raises:
        FaceSourceError: no such folder, or one without the images.
    """
    return _find(root, _IMAGE_FOLDERS, "the aligned images", "Img/img_align_celeba")


def _find(root: Path, places: tuple[str, ...], what: str, official: str) -> Path:
    try:
        if root.is_file():
            raise FaceSourceError(f"{root} is a file: name the CelebA folder that holds Anno and Img.")
        if not root.is_dir():
            raise FaceSourceError(
                f"There is no CelebA folder {root}: name the folder that holds Anno and Img."
            )
        for place in places:
            if (root / place).exists():
                return root / place
    except OSError as error:
        raise FaceSourceError(f"The folder {root} cannot be opened ({error.strerror or error}).") from error
    raise FaceSourceError(
        f"The folder {root} lacks {what}, {official}: name the CelebA folder that holds Anno and Img."
    )
