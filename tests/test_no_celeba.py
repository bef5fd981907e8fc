"""Nothing of CelebA but aggregate counts: no image, and no attribute of any single image, in any encoding.

CelebA's agreement forbids distributing any portion of it. Names and sizes of images are checked everywhere;
where a CelebA folder is present, every file is also searched for its images and for its attribute columns.
"""

import gzip
import hashlib
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, UnidentifiedImageError

ALIGNED_SIZE_PX = (178, 218)
IMAGE_NAME = re.compile(rb"\b\d{6}\.(?:jpe?g|png)\b", re.IGNORECASE)
IMAGE_NAMES_ALLOWED = 20  # an example in a test or a document, never a list of images
IMAGES = 202_599
IMAGES_OF_NEEDLE = 512
NAMES = [f"{row:06d}.jpg" for row in range(1, 40)]


def contents(file: Path) -> Iterator[bytes]:
    """The file's bytes, then those inside it when it is compressed or an archive."""
    data = file.read_bytes()
    yield data
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield from (archive.read(name) for name in archive.namelist())
    for decompress, error in (
        (gzip.decompress, OSError),
        (lzma.decompress, lzma.LZMAError),
        (zlib.decompress, zlib.error),
    ):
        try:
            yield decompress(data)
        except (error, EOFError):
            continue


def names_images(data: bytes) -> bool:
    return len(set(IMAGE_NAME.findall(data))) > IMAGE_NAMES_ALLOWED


def is_aligned_image(data: bytes) -> bool:
    try:
        with Image.open(io.BytesIO(data)) as image:
            return image.size == ALIGNED_SIZE_PX
    except (UnidentifiedImageError, OSError, ValueError):
        return False


def first_values(attribute_file: Path, rows: int) -> np.ndarray:
    """The first `rows` rows of the official file as 0 and 1, shape (rows, 40)."""
    with attribute_file.open() as lines:
        assert int(next(lines)) == IMAGES
        next(lines)
        values = [[int(word) for word in next(lines).split()[1:]] for _ in range(rows)]
    return (np.array(values) > 0).astype(np.uint8)


def needles(values: np.ndarray) -> Iterator[bytes]:
    """How an attribute column, or the whole table, begins in the encodings one would choose."""
    for array in (*values.T, values):
        signed = array.astype(np.int8) * 2 - 1
        for row in (array, signed, array.astype(np.int32), signed.astype(np.int32), array.astype(np.float32)):
            yield row.tobytes()
        yield np.packbits(array, axis=-1).tobytes()
        yield np.packbits(array, axis=-1, bitorder="little").tobytes()
        yield "".join(map(str, array.ravel())).encode()


def forbidden_bytes(attribute_file: Path) -> list[bytes]:
    values = first_values(attribute_file, IMAGES_OF_NEEDLE)
    blurry = values[:, 10] > 0  # the index leaves these rows out
    tables = (values, values[~blurry])
    # A rare attribute begins with a long run of zeros, which any file may hold.
    return [needle[:400] for table in tables for needle in needles(table) if len(set(needle[:24])) > 1]


def holds(data: bytes, forbidden: list[bytes]) -> bool:
    digits = b"" if b"\0" in data[:4096] else re.sub(rb"[^01]", b"", data)
    return any(needle in data or needle in digits for needle in forbidden)


def test_no_file_is_named_after_an_image(repository: Path, repository_files: tuple[Path, ...]) -> None:
    named = [file for file in repository_files if IMAGE_NAME.fullmatch(file.name.encode())]
    official = [
        file
        for file in repository_files
        if re.match(r"list_(attr|eval|bbox|landmarks)|identity_CelebA", file.name)
    ]
    assert named + official == []


def test_no_file_lists_images(repository_files: tuple[Path, ...]) -> None:
    assert [file for file in repository_files if any(map(names_images, contents(file)))] == []


def test_no_image_has_the_size_of_an_aligned_one(repository_files: tuple[Path, ...]) -> None:
    assert [file for file in repository_files if any(map(is_aligned_image, contents(file)))] == []


def test_no_file_is_an_image_of_celeba(celeba_dir: Path, repository_files: tuple[Path, ...]) -> None:
    images = (celeba_dir / "Img" / "img_align_celeba").glob("*.jpg")
    digests = {hashlib.sha256(image.read_bytes()).digest() for image in images}
    assert [
        file
        for file in repository_files
        if any(hashlib.sha256(data).digest() in digests for data in contents(file))
    ] == []


def test_no_file_holds_attributes_of_single_images(
    celeba_dir: Path, repository_files: tuple[Path, ...]
) -> None:
    forbidden = forbidden_bytes(celeba_dir / "Anno" / "list_attr_celeba.txt")
    assert [file for file in repository_files if any(holds(data, forbidden) for data in contents(file))] == []


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("suffix", [".npy", ".npz", ".json", ".gz"])
def test_an_attribute_column_is_found(celeba_dir: Path, tmp_path: Path, suffix: str, packed: bool) -> None:
    attribute_file = celeba_dir / "Anno" / "list_attr_celeba.txt"
    column = first_values(attribute_file, 4000)[:, 20]
    stored = np.packbits(column) if packed and suffix != ".json" else column
    file = tmp_path / f"column{suffix}"
    match suffix:
        case ".npy":
            np.save(file, stored)
        case ".npz":
            np.savez_compressed(file, column=stored)
        case ".json":
            file.write_text(str(column.tolist()))
        case ".gz":
            file.write_bytes(gzip.compress(stored.tobytes()))
    forbidden = forbidden_bytes(attribute_file)
    assert any(holds(data, forbidden) for data in contents(file))


def test_an_aligned_image_and_a_list_of_images_are_found(tmp_path: Path) -> None:
    image, listing = tmp_path / "a.png", tmp_path / "b.txt"
    Image.new("RGB", ALIGNED_SIZE_PX).save(image)
    listing.write_text("\n".join(NAMES))
    assert any(map(is_aligned_image, contents(image)))
    assert any(map(names_images, contents(listing)))
