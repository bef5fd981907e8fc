"""Where the parts of a CelebA folder lie: the official layout, and the flat one that some tools make."""

from __future__ import annotations

from pathlib import Path

from prompt_engine.errors import FaceSourceError, NoImages

ALIGNED, IN_THE_WILD = "aligned", "in_the_wild"
_ATTRIBUTE_FILES = tuple(
    f"{folder}list_attr_celeba{suffix}" for folder in ("Anno/", "") for suffix in (".txt", ".csv", ".parquet")
)
_PARTITION_FILES = tuple(
    f"{folder}list_eval_partition{suffix}" for folder in ("Eval/", "Anno/", "") for suffix in (".txt", ".csv")
)
_IMAGE_FOLDERS = {ALIGNED: "img_align_celeba", IN_THE_WILD: "img_celeba"}


def find_attribute_file(root: Path) -> Path:
    """The attribute list of a CelebA folder.

    Raises:
        FaceSourceError: no such folder, or one without the list.
    """
    found = _first(root, _ATTRIBUTE_FILES)
    if found is None:
        raise FaceSourceError(_lacks(root, "the attribute list, Anno/list_attr_celeba.txt"))
    return found


def find_partition_file(root: Path) -> Path | None:
    """The list of training, validation and test images of a CelebA folder; None where it has none.

    Raises:
        FaceSourceError: no such folder.
    """
    return _first(root, _PARTITION_FILES)


def find_image_folders(root: Path) -> dict[str, Path]:
    """The image folders of a CelebA folder by version, `aligned` before `in_the_wild`; at least one.

    Raises:
        FaceSourceError: no such folder.
        NoImages: one without images.
    """
    folders = {
        version: found
        for version, name in _IMAGE_FOLDERS.items()
        if (found := _first(root, _image_places(name))) is not None
    }
    if not folders:
        images = "the aligned images, Img/img_align_celeba, and those in the wild, Img/img_celeba"
        raise NoImages(_lacks(root, images))
    return folders


def _image_places(name: str) -> tuple[str, ...]:
    # The inner folder first: some archives unpack one into another of the same name.
    names = (f"{name}/{name}", name, f"{name}_png/{name}_png", f"{name}_png")
    return tuple(f"{parent}{each}" for parent in ("Img/", "") for each in names)


def _first(root: Path, places: tuple[str, ...]) -> Path | None:
    try:
        if root.is_file():
            raise FaceSourceError(f"{root} is a file: name the CelebA folder that holds Anno and Img.")
        if not root.is_dir():
            raise FaceSourceError(
                f"There is no CelebA folder {root}: name the folder that holds Anno and Img."
            )
        return next((root / place for place in places if (root / place).exists()), None)
    except OSError as error:
        raise FaceSourceError(f"The folder {root} cannot be opened ({error.strerror or error}).") from error


def _lacks(root: Path, what: str) -> str:
    return f"The folder {root} lacks {what}: name the CelebA folder that holds Anno and Img."
