"""Keeps the parts of a built index on disk, under the hash of the attribute file that they came from."""

from __future__ import annotations

import logging
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from prompt_engine.attributes import LABELS
from prompt_engine.bitmaps import Bitmaps
from prompt_engine.buckets import GENDERS
from prompt_engine.whole_file import replacing

_SCHEMA = 1
_LOG = logging.getLogger(__name__)

Parts = tuple[Mapping[str, Bitmaps], npt.NDArray[np.bytes_]]


def file_name(content_hash: str) -> str:
    """What the index of a file with this hash is called."""
    return f"attribute-index-{_SCHEMA}-{content_hash[:32]}.npz"


def keep_index_parts(path: Path, genders: Mapping[str, Bitmaps], names: npt.NDArray[np.bytes_]) -> None:
    """Write the parts of an index; a folder that cannot be written costs only the time to build it again."""
    arrays: dict[str, npt.NDArray] = {"names": names}
    for gender, bitmaps in genders.items():
        arrays[f"{gender}_rows"] = bitmaps.rows.astype("<i4")
        arrays[f"{gender}_words"] = np.vstack([bitmaps.words, bitmaps.everyone]).astype("<u8")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as beside, beside.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]  # numpy types its keywords as flags
    except OSError as error:
        _LOG.warning("The index cannot be kept in %s (%s); it is built again next time.", path.parent, error)


def load_index_parts(path: Path) -> Parts | None:
    """Read what `keep_index_parts` wrote; None when there is nothing or it is damaged."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return {gender: _bitmaps(arrays, gender) for gender in GENDERS}, arrays["names"]
    except FileNotFoundError:
        return None
    # zipfile takes a damaged entry for one that is encrypted or packed by a newer method: RuntimeErrors.
    except (OSError, ValueError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile) as error:
        _LOG.warning("The kept index %s is damaged and is built again (%s).", path, error)
        return None


def _bitmaps(arrays: Mapping[str, npt.NDArray], gender: str) -> Bitmaps:
    rows = arrays[f"{gender}_rows"].astype(np.int64)
    words = arrays[f"{gender}_words"].astype(np.uint64, copy=False)
    if words.shape != (len(LABELS) + 1, -(-len(rows) // 64)):
        raise ValueError(f"bitmaps of shape {words.shape} for {len(rows)} rows")
    return Bitmaps(rows, words[:-1], words[-1])
