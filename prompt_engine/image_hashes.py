"""The hashes of a source's images: made once, in minutes for all of CelebA, and kept in the user's cache."""

from __future__ import annotations

import hashlib
import logging
import zipfile
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

import numpy as np
import numpy.typing as npt

from prompt_engine.errors import FaceSourceError
from prompt_engine.faces import FaceSource
from prompt_engine.index import default_cache_dir
from prompt_engine.near_duplicates import ImageHash, hash_image
from prompt_engine.whole_file import replacing

_SCHEMA = 2
_MOST_FAILED = 20
_COARSE_BYTES, _FINE_BYTES = 8, 32
_LOG = logging.getLogger(__name__)


class ImageHashes:
    """The hash of each image of a source, by number; those made before are read from the cache."""

    def __init__(self, source: FaceSource, cache_dir: Path | str | None = None) -> None:
        """List the images; none is read yet."""
        self.source = source
        self.ids: Sequence[int] = source.ids()
        folder = default_cache_dir() if cache_dir is None else Path(cache_dir)
        self.path = folder / f"image-hashes-{_SCHEMA}-{_key(source, self.ids)}.npz"
        self.by_id = _load(self.path)
        self._unreadable: set[int] = set()

    @property
    def missing(self) -> list[int]:
        """The images that are to be hashed yet; one that cannot be read is tried once."""
        return [id for id in self.ids if id not in self.by_id and id not in self._unreadable]

    def make(self) -> Iterator[int]:
        """Hash what is missing and tell after each image how many are done; stopped early, none is lost.

        Raises:
            FaceSourceError: many images in a row cannot be read: the source itself is gone.
        """
        missing = self.missing
        failed: list[int] = []  # in a row: damaged, or the source is gone
        try:
            for done, id in zip(count(len(self.ids) - len(missing) + 1), missing, strict=False):
                self._hash(id, failed)
                yield done
            self._unreadable.update(failed)
        finally:
            if missing:
                self._keep()

    def _hash(self, id: int, failed: list[int]) -> None:
        """Hash an image, or add it to those that failed before; once one can be read, they are damaged."""
        try:
            self.by_id[id] = hash_image(self.source.glance(id).image)
        except FaceSourceError as error:
            failed.append(id)
            if len(failed) == _MOST_FAILED:
                raise
            _LOG.warning("%s", error)
        else:
            self._unreadable.update(failed)
            failed.clear()

    def _keep(self) -> None:
        bits = b"".join(_packed(each) for each in self.by_id.values())
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(self.path) as beside, beside.open("wb") as file:
                np.savez(
                    file, ids=np.array(list(self.by_id), dtype="<i8"), bits=np.frombuffer(bits, np.uint8)
                )
        except OSError as error:
            _LOG.warning("The image hashes cannot be kept in %s (%s).", self.path.parent, error)


def _key(source: FaceSource, ids: Sequence[int]) -> str:
    """Other images or another list of them, another file."""
    digest = hashlib.sha256(f"{source.fingerprint}\n{source.versions[0]}\n".encode(errors="surrogateescape"))
    digest.update(np.array(ids, dtype="<i8").tobytes())
    return digest.hexdigest()[:32]


def _load(path: Path) -> dict[int, ImageHash]:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            lines = arrays["bits"].reshape(-1, _COARSE_BYTES + _FINE_BYTES)
            return dict(zip(arrays["ids"].tolist(), map(_unpacked, lines), strict=True))
    except FileNotFoundError:
        return {}
    # zipfile takes a damaged entry for one that is encrypted or packed by a newer method: RuntimeErrors.
    except (OSError, ValueError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile) as error:
        _LOG.warning("The kept image hashes %s are damaged and are made again (%s).", path, error)
        return {}


def _packed(each: ImageHash) -> bytes:
    return each.coarse.to_bytes(_COARSE_BYTES, "big") + each.fine.to_bytes(_FINE_BYTES, "big")


def _unpacked(line: npt.NDArray[np.uint8]) -> ImageHash:
    data = line.tobytes()
    return ImageHash(int.from_bytes(data[:_COARSE_BYTES], "big"), int.from_bytes(data[_COARSE_BYTES:], "big"))
