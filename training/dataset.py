"""What is learned from: faces of a source, each with several captions, and where they are opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import torch
from PIL import Image, ImageOps

from prompt_engine.errors import PromptEngineError
from prompt_engine.faces import FaceSource, open_face_source
from training.errors import DataError

DRAWN = "drawn:"
CROP = "largest centred square, Lanczos"  # what `fitted` does: another word makes all latents again


@dataclass(frozen=True)
class Example:
    """One face to learn from, by its id, and the captions it may be shown with."""

    id: int
    captions: tuple[str, ...]


@dataclass(frozen=True)
class Examples(Sequence[Example]):
    """Many of them: of each face the number, and which of the captions it has, (n, captions a face)."""

    ids: npt.NDArray[np.int64]
    places: npt.NDArray[np.int32]
    captions: pa.ChunkedArray  # of text

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, position: int) -> Example:  # type: ignore[override]  # nobody asks for a slice
        captions = tuple(self.captions[place].as_py() for place in self.places[position].tolist())
        return Example(int(self.ids[position]), captions)


def open_faces(spec: str, said: str = "data.faces") -> FaceSource:
    """Open `drawn:LOOK`, or any spec that the prompt engine knows, such as `folder:PATH`; `said` there.

    Raises:
        DataError: there is no such source; the text says why.
    """
    try:
        if spec.startswith(DRAWN):
            return _drawn_faces(spec.removeprefix(DRAWN))
        return open_face_source(spec)
    except (PromptEngineError, ValueError) as error:
        raise DataError(f"{said} = {spec!r}: {error}") from error


@cache
def _drawn_faces(look: str) -> FaceSource:
    # Kept, because its crowd takes a second to gather and never changes.
    from prompt_engine.faces.drawn import DrawnFaces

    return DrawnFaces(look=look)


def fitted(image: Image.Image, size_px: int) -> npt.NDArray[np.uint8]:
    """The largest centred square of an image, (size_px, size_px, 3)."""
    square = ImageOps.fit(image.convert("RGB"), (size_px, size_px), Image.Resampling.LANCZOS)
    return np.asarray(square)


def pixels_of(image: Image.Image, size_px: int) -> torch.Tensor:
    """The same as `pixels` (3, size_px, size_px), float32 in [-1, 1]."""
    values = torch.from_numpy(fitted(image, size_px).astype(np.float32))
    return values.permute(2, 0, 1) / 127.5 - 1.0
