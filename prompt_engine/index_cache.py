"""Keeps the parts of a built index on disk, under the hash of the attribute file that they came from."""

from __future__ import annotations

import logging
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from prompt_engine.attributes import LABELS
from prompt_engine.bitmaps import Bitmaps
from prompt_engine.whole_file import replacing

_SCHEMA = 5
_LOG = logging.getLogger(__name__)

Parts = tuple[tuple[Bitmaps, ...], npt.NDArray[np.bytes_], str, bool]


def file_name(content_hash: str) -> str:
    """What the index of a file with this hash is called."""
    return f"attribute-index-{_SCHEMA}-{content_hash[:32]}.npz"


def keep_index_parts(
    path: Path, parts: Sequence[Bitmaps], names: npt.NDArray[np.bytes_], md5: str, named: bool
) -> None:
    """Write the parts of an index; a folder that cannot be written costs only the time to build it again."""
    arrays: dict[str, npt.NDArray] = {
        "names": names,
        "md5": np.array(md5.encode(), dtype=np.bytes_),
        "named": np.array(named),
    }
    for number, part in enumerate(parts):
        arrays[f"rows_{number}"] = part.rows.astype("<i4")
        arrays[f"words_{number}"] = part.words.astype("<u8")
        if part.splits is not None:
            arrays[f"splits_{number}"] = part.splits.astype("<u8")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as beside, beside.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]  # numpy types its keywords as flags
    except OSError as error:
        _LOG.warning("The index cannot be kept in %s (%s); it is built again next time.", path.parent, error)


def load_index_parts(path: Path, genders: Sequence[str]) -> Parts | None:
    """Read what `keep_index_parts` wrote, given the gender of each part; None if absent or damaged."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            parts = tuple(_bitmaps(arrays, number, gender) for number, gender in enumerate(genders))
            return parts, arrays["names"], arrays["md5"].item().decode(), bool(arrays["named"])
    except FileNotFoundError:
        return None
    # zipfile takes a damaged entry for one that is encrypted or packed by a newer method: RuntimeErrors.
    except (OSError, ValueError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile) as error:
        _LOG.warning("The kept index %s is damaged and is built again (%s).", path, error)
        return None


def _bitmaps(arrays: Mapping[str, npt.NDArray], number: int, gender: str) -> Bitmaps:
    rows = arrays[f"rows_{number}"].astype(np.int32, copy=False)
    words = _words(arrays, f"words_{number}", len(LABELS), len(rows))
    name = f"splits_{number}"
    return Bitmaps(gender, rows, words, _words(arrays, name, 3, len(rows)) if name in arrays else None)


def _words(arrays: Mapping[str, npt.NDArray], name: str, lines: int, images: int) -> npt.NDArray[np.uint64]:
    words = arrays[name].astype(np.uint64, copy=False)
    if words.shape != (lines, -(-images // 64)):
        raise ValueError(f"{name} of shape {words.shape} for {images} rows")
    return words
