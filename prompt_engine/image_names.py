"""What the images of a table are called: as a column says, or as CelebA's are where that is sure."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pyarrow as pa

USUAL_COLUMNS = ("image_id", "file_name", "filename")
# Of all 202,599 rows of list_attr_celeba.txt, in its order: 40 bits a row, in the order of LABELS.
_CELEBA_SHA256 = "68b200e274781dddb55b2e16e91b454ba2e3e9cd4a86149fa675f4cafc4bc90e"
CELEBA_IMAGES = 202_599
_CELEBA_NAME = re.compile(rb"([0-9]{6})\.jpg")
_IMAGE_NAME = re.compile(r"[ -~]{1,250}\.(jpg|jpeg|png)", re.IGNORECASE)
_PLAIN_NAME = re.compile(r"[ -~]{1,255}")


def text_columns(schema: pa.Schema) -> list[str]:
    """The paths of the columns of text, such as `image.path`: those that usually hold file names first."""
    import pyarrow as pa

    found: list[str] = []
    for field in schema:
        parts = list(field.type) if pa.types.is_struct(field.type) else []
        leaves = [(f"{field.name}.{part.name}", part.type) for part in parts] or [(field.name, field.type)]
        found += [path for path, kind in leaves if _is_text(kind)]
    once = [path for path in found if found.count(path) == 1]
    return sorted(once, key=lambda path: path not in USUAL_COLUMNS)


def names_in(table: pa.Table) -> tuple[str, ...] | None:
    """The file names that the first suitable column holds, each once; None where no column does."""
    flat = table.flatten()
    for path in text_columns(table.schema):
        names = flat.column(path).to_pylist()
        known = _PLAIN_NAME if path in USUAL_COLUMNS else _IMAGE_NAME
        if all(name is not None and known.fullmatch(name) for name in names) and len(set(names)) == len(
            names
        ):
            return tuple(names)
    return None


def is_image_name(value: object) -> bool:
    """Whether a value is text like `000001.jpg`."""
    return isinstance(value, str) and _IMAGE_NAME.fullmatch(value) is not None


def celeba_names(values: npt.NDArray[np.bool_]) -> tuple[str, ...] | None:
    """CelebA's file names, where these values, (n, 40), are those of all its images in its order."""
    if hashlib.sha256(np.packbits(values).tobytes()).hexdigest() != _CELEBA_SHA256:
        return None
    return tuple(f"{number:06d}.jpg" for number in range(1, len(values) + 1))


def is_part_of_celeba(names: npt.NDArray[np.bytes_]) -> bool:
    """Whether these are CelebA's file names and not all of them: a part was chosen, or a list cut off."""
    if not 0 < len(names) < CELEBA_IMAGES:
        return False
    found = map(_CELEBA_NAME.fullmatch, names.tolist())
    return all(each is not None and 1 <= int(each[1]) <= CELEBA_IMAGES for each in found)


def row_names(rows: int) -> tuple[str, ...]:
    """`row-000001` and so on: what images are called that have no names."""
    return tuple(f"row-{number:06d}" for number in range(1, rows + 1))


def _is_text(kind: pa.DataType) -> bool:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)
