"""Small faces, as pictures inside the page itself, so nothing more has to be asked for."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from io import BytesIO
from pathlib import Path

from PIL import Image

from prompt_engine.faces import Face
from studio.face_keys import FaceKeys

THUMBNAIL_PX = (160, 200)
_QUALITY = 85


@dataclass(frozen=True)
class SmallFace:
    """A face's `Face.id`, and its picture as an address that holds all of it."""

    id: str
    address: str

    @classmethod
    def of(cls, face: Face) -> SmallFace:
        """The face, at most as large as `THUMBNAIL_PX`."""
        return cls(face.id, as_address(face.image, THUMBNAIL_PX))


def render_strip(faces: Sequence[SmallFace], address: str, keys: FaceKeys, version: str | None) -> str:
    """The faces that belong to an address, in one version."""
    buttons = "".join(render_small_face(face, keys, version) for face in faces)
    return f'<div class="strip" data-of="{escape(address)}">{buttons}</div>'


def render_small_face(face: SmallFace, keys: FaceKeys, version: str | None = None, marked: str = "") -> str:
    """A button with its name, and with what is marked on it; a click opens it large (`face_dialog.js`)."""
    title = escape(Path(face.id).stem)
    line = f'<span class="marked">{escape(marked)}</span>' if marked else ""
    return (
        f'<button type="button" class="thumbnail" data-face="{escape(face.id)}" '
        f'data-key="{keys.key(face.id)}" data-version="{escape(version or "")}" '
        f'aria-label="Face {title}: open it large"><img src="{face.address}" alt="">'
        f'<span class="caption-label">{title}</span>{line}</button>'
    )


def as_address(image: Image.Image, largest_px: tuple[int, int]) -> str:
    """The image as an address that holds all of it, at most this wide and high."""
    small = image.copy()
    small.thumbnail(largest_px)
    file = BytesIO()
    small.save(file, "JPEG", quality=_QUALITY)
    return f"data:image/jpeg;base64,{b64encode(file.getvalue()).decode()}"
