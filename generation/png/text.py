"""The texts in a PNG that anyone may have made: read within bounds of memory and time."""

from __future__ import annotations

import struct
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from generation.errors import InvalidRecipe

LARGEST_FILE = 64_000_000  # bytes
MOST_CHUNKS = 20_000  # the pixels of such a file, in pieces as small as programs write them
MOST_PIXELS = 4096 * 4096  # of a larger picture, only what is written before its pixels is read


def read_png_text(path: Path) -> dict[str, str]:
    """What each text in a PNG says; Pillow bounds one to a megabyte and all to 64.

    Raises:
        InvalidRecipe: no PNG, a broken one, or one that would take too much to read.
    """
    name = Path(path).name
    try:
        _check_chunks(Path(path))
        with Image.open(path, formats=("PNG",)) as image:
            if image.width * image.height <= MOST_PIXELS:
                image.load()  # text after the pixels is only read with them
            return {str(key): text for key, text in image.info.items() if isinstance(text, str)}
    except InvalidRecipe as problem:
        raise InvalidRecipe(f"{name} is no readable picture ({problem}): choose another PNG.") from None
    except UnidentifiedImageError:
        raise InvalidRecipe(f"{name} is no PNG: choose one.") from None
    except Image.DecompressionBombError:
        raise InvalidRecipe(f"{name} has too many pixels to be read: choose another PNG.") from None
    except (OSError, ValueError, SyntaxError, struct.error):  # in words of its own, or with the file's place
        raise InvalidRecipe(f"{name} is damaged, or not all of it is here: choose another PNG.") from None


def _check_chunks(path: Path) -> None:
    """Walk over the chunks without reading them: millions of empty ones would take Pillow minutes."""
    size = path.stat().st_size
    if size > LARGEST_FILE:
        raise InvalidRecipe(f"it has {size:,} bytes, more than {LARGEST_FILE:,}")
    with path.open("rb") as file:
        at = 8  # the signature
        for _ in range(MOST_CHUNKS):
            file.seek(at)
            head = file.read(8)
            if len(head) < 8:
                return
            at += 12 + struct.unpack(">I", head[:4])[0]  # length, kind, content, checksum
    raise InvalidRecipe(f"it has more than {MOST_CHUNKS:,} parts")
