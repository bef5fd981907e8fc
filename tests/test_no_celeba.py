"""Nothing of CelebA but aggregate counts: no image, and no attribute of any single image, in any encoding.

CelebA's agreement forbids distributing any portion of it. Names and sizes of images are checked everywhere.
Where a CelebA folder is present, every file is also searched for its attribute columns, as our own index
keeps them too, and every image file is compared with its images, also saved again, resized or cropped to the
usual square.
"""

import gzip
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest
from PIL import Image, UnidentifiedImageError

from prompt_engine.attributes import LABELS
from prompt_engine.faces.drawn import DrawnFaces
from prompt_engine.index import open_index

ALIGNED_SIZE_PX = (178, 218)
CENTRE_SQUARE = (0, 20, 178, 198)
IMAGE_NAME = re.compile(rb"(?<!\d)\d{6}\.(?:jpe?g|png)", re.IGNORECASE)
IMAGE_NAMES_ALLOWED = 20  # an example in a test or a document, never a list of images
IMAGES = 202_599
IMAGES_OF_NEEDLE = 2048
NEEDLE_BYTES = 1600
LEAST_CHANGES = 8  # a rare attribute begins with a long run of zeros, which any file may hold
HASH_BITS = 16  # a side
# Of 256 bits: a CelebA image saved again differs by up to 24, another face or a drawing by 50 and more.
SAME_IMAGE_BITS = 32
NAMES = [f"{row:06d}.jpg" for row in range(1, 40)]


def contents(file: Path) -> Iterator[bytes]:
    """The file's bytes, then those inside it when it is compressed or an archive."""
    data = file.read_bytes()
    yield data
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield from (archive.read(name) for name in archive.namelist())
    if data.startswith(b"PAR1"):
        yield from columns(data)
    for decompress, error in (
        (gzip.decompress, OSError),
        (lzma.decompress, lzma.LZMAError),
        (zlib.decompress, zlib.error),
    ):
        try:
            yield decompress(data)
        except (error, EOFError):
            continue


def columns(parquet: bytes) -> Iterator[bytes]:
    """Each column of a Parquet file: numbers as bytes of 0 and 1, anything else as text."""
    for column in pyarrow.parquet.read_table(io.BytesIO(parquet)).columns:
        values = column.to_numpy(zero_copy_only=False)
        if values.dtype.kind in "biuf":
            yield (values > 0).astype(np.uint8).tobytes()
        else:
            yield "\n".join(map(str, values)).encode()


def names_images(data: bytes) -> bool:
    return len(set(IMAGE_NAME.findall(data))) > IMAGE_NAMES_ALLOWED


def image_in(data: bytes) -> Image.Image | None:
    try:
        with Image.open(io.BytesIO(data)) as image:
            return image.convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError):
        return None


def is_aligned_image(data: bytes) -> bool:
    image = image_in(data)
    return image is not None and image.size == ALIGNED_SIZE_PX


def difference_hash(image: Image.Image) -> np.ndarray:
    """Where brightness rises from left to right in the shrunk image: 256 bits."""
    shrunk = image.convert("L").resize((HASH_BITS + 1, HASH_BITS), Image.Resampling.BICUBIC)
    grey = np.asarray(shrunk, dtype=np.int16)
    return (np.diff(grey, axis=1) > 0).ravel()


def is_one_of(data: bytes, hashes: np.ndarray) -> bool:
    image = image_in(data)
    if image is None:
        return False
    return int((hashes != difference_hash(image)).sum(axis=1).min()) <= SAME_IMAGE_BITS


def first_values(attribute_file: Path, rows: int) -> np.ndarray:
    """The first `rows` rows of the official file as 0 and 1, shape (rows, 40)."""
    with attribute_file.open() as lines:
        assert int(next(lines)) == IMAGES
        next(lines)
        values = [[int(word) for word in next(lines).split()[1:]] for _ in range(rows)]
    return (np.array(values) > 0).astype(np.uint8)


def tables(values: np.ndarray) -> Iterator[np.ndarray]:
    """The rows that someone would keep: all, the sharp ones, and those of one gender as in our own index."""
    sharp = values[:, LABELS.index("Blurry")] == 0
    male = values[:, LABELS.index("Male")] == 1
    for kept in (np.ones_like(sharp), sharp, sharp & male, sharp & ~male):
        rows = values[kept]
        yield rows[: len(rows) // 8 * 8]  # so that the last byte of packed bits is a whole one


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
    beginnings = {needle[:NEEDLE_BYTES] for table in tables(values) for needle in needles(table)}
    return [needle for needle in beginnings if changes(needle) >= LEAST_CHANGES]


def changes(needle: bytes) -> int:
    return int(np.count_nonzero(np.diff(np.frombuffer(needle, dtype=np.uint8))))


def holds(data: bytes, forbidden: list[bytes]) -> bool:
    digits = b"" if b"\0" in data[:4096] else re.sub(rb"[^01]", b"", data.replace(b"-1", b"0"))
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


@pytest.fixture(scope="module")
def celeba_images(celeba_dir: Path) -> list[Path]:
    images = sorted((celeba_dir / "Img" / "img_align_celeba").glob("*.jpg"))
    if not images:
        pytest.skip(f"no images at {celeba_dir / 'Img' / 'img_align_celeba'}")
    return images


@pytest.fixture(scope="module")
def hashes(celeba_images: list[Path]) -> np.ndarray:
    """The hash of every image that is there, whole and cropped: shape (2n, 256)."""
    found = []
    for path in celeba_images:
        with Image.open(path) as image:
            found += [difference_hash(image), difference_hash(image.crop(CENTRE_SQUARE))]
    return np.array(found)


@pytest.fixture(scope="module")
def forbidden(celeba_dir: Path) -> list[bytes]:
    return forbidden_bytes(celeba_dir / "Anno" / "list_attr_celeba.txt")


def test_no_file_is_an_image_of_celeba(hashes: np.ndarray, repository_files: tuple[Path, ...]) -> None:
    assert [
        file for file in repository_files if any(is_one_of(data, hashes) for data in contents(file))
    ] == []


def test_no_file_holds_attributes_of_single_images(
    forbidden: list[bytes], repository_files: tuple[Path, ...]
) -> None:
    assert [file for file in repository_files if any(holds(data, forbidden) for data in contents(file))] == []


@pytest.mark.parametrize("number", [0, 7, 30])
def test_an_image_saved_again_is_found(
    celeba_images: list[Path], hashes: np.ndarray, tmp_path: Path, number: int
) -> None:
    with Image.open(celeba_images[number]) as image:
        image.save(tmp_path / "coarse.jpg", quality=40)
        image.resize((96, 96)).save(tmp_path / "resized.png")
        image.crop(CENTRE_SQUARE).resize((64, 64)).save(tmp_path / "cropped.webp")
        image.convert("L").save(tmp_path / "grey.png")
    files = sorted(tmp_path.iterdir())
    assert [is_one_of(file.read_bytes(), hashes) for file in files] == [True] * 4


@pytest.mark.parametrize("look", ["flat", "photographic"])
def test_a_drawn_portrait_is_left_alone(hashes: np.ndarray, tmp_path: Path, look: str) -> None:
    faces = DrawnFaces(look)
    for row in list(faces.ids())[:50]:
        faces.face(row).image.save(tmp_path / f"{row}.png")
    assert [file for file in tmp_path.iterdir() if is_one_of(file.read_bytes(), hashes)] == []


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("suffix", [".npy", ".npz", ".json", ".gz", ".parquet"])
def test_an_attribute_column_is_found(
    celeba_dir: Path, forbidden: list[bytes], tmp_path: Path, suffix: str, packed: bool
) -> None:
    column = first_values(celeba_dir / "Anno" / "list_attr_celeba.txt", 4000)[:, LABELS.index("Male")]
    stored = np.packbits(column) if packed and suffix not in (".json", ".parquet") else column
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
        case ".parquet":
            pyarrow.parquet.write_table(pyarrow.table({"Male": stored.astype(bool)}), file)
    assert any(holds(data, forbidden) for data in contents(file))


def test_values_written_as_words_are_found(celeba_dir: Path, forbidden: list[bytes], tmp_path: Path) -> None:
    values = first_values(celeba_dir / "Anno" / "list_attr_celeba.txt", 4000)
    file = tmp_path / "rows.csv"
    file.write_text("\n".join(",".join("1" if value else "-1" for value in row) for row in values))
    assert any(holds(data, forbidden) for data in contents(file))


def test_the_kept_index_is_found(celeba_dir: Path, forbidden: list[bytes], tmp_path: Path) -> None:
    open_index(celeba_dir / "Anno" / "list_attr_celeba.txt", cache_dir=tmp_path)
    (kept,) = tmp_path.iterdir()
    assert any(map(names_images, contents(kept)))
    assert any(holds(data, forbidden) for data in contents(kept))


def test_an_aligned_image_and_a_list_of_images_are_found(tmp_path: Path) -> None:
    image, listing = tmp_path / "a.png", tmp_path / "b.txt"
    Image.new("RGB", ALIGNED_SIZE_PX).save(image)
    listing.write_text("\n".join(NAMES))
    assert any(map(is_aligned_image, contents(image)))
    assert any(map(names_images, contents(listing)))
