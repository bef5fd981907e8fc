"""The pictures of a history's entries: where they lie in the results store, as long as it keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from generation.events import Arm, arms_of
from generation.png.metadata import FILE_NAMES
from prompt_engine.whole_file import replacing
from studio.history.entry import Entry

THUMBNAIL_PX = 256  # twice what is shown, for fine screens


@dataclass(frozen=True)
class Pictures:
    """Finds and serves what lies in the folder of the results store."""

    folder: Path

    def of(self, entry: Entry) -> Mapping[Arm, Path]:
        """The PNGs of an entry; nothing where they are not kept any more."""
        place = self.folder / entry.result[:2] / entry.result
        files = {arm: place / FILE_NAMES[arm] for arm in arms_of(entry.recipe)}
        return files if all(file.is_file() for file in files.values()) else {}

    def thumbnail(self, picture: Path) -> Path:
        """A small one beside a picture, which goes with it; the picture itself where it is small."""
        small = picture.with_name(f"{picture.stem}-small.webp")
        if small.is_file():
            return small
        with suppress(OSError):  # it can be shown all the same
            with Image.open(picture) as image:
                if image.width <= THUMBNAIL_PX:
                    return picture
                image.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
                with replacing(small, lasting=False) as beside:
                    image.save(beside, format="WEBP", quality=82)
            return small
        return picture
