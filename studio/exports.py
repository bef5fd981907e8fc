"""Files that the page gives away: the view, its images and captions, the catalogue, a wildcard file.

CelebA's agreement forbids passing on any portion of it. Where strangers may reach the page, the files about
many images at once, their labels and their captions, are therefore refused. Single faces stay on the page all
the same: the gallery shows them with their ids, one opens large with its 40 labels, and `/match` names ids.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from prompt_engine import ENGINE_VERSION
from prompt_engine.asked import describe_asked
from prompt_engine.captions import CaptionRules
from prompt_engine.dataset_facts import Dataset
from prompt_engine.errors import FaceSourceError, UnknownName
from prompt_engine.export import Records, Stamp, write_records
from prompt_engine.faces import FaceSource
from prompt_engine.faces.indexed import IndexedFaces
from prompt_engine.index import AttributeIndex
from prompt_engine.prompt_filter import PromptFilter
from prompt_engine.query import Query
from prompt_engine.records import (
    ListedImages,
    caption_records,
    catalogue_records,
    image_records,
    view_records,
)
from prompt_engine.whole_file import replacing
from prompt_engine.wildcards import wildcard_file
from studio.export_folder import ExportFolder

WHAT = {
    "view": "Counts of this view",
    "images": "Matching images with their labels",
    "captions": "Captions of the matching images, for training",
    "catalogue": "The catalogue, with the reason for each dropped prompt",
    "wildcards": "Kept prompts as wildcards for dynamicprompts",
}
SUFFIXES = (".csv", ".jsonl", ".parquet")
NOT_HERE = (
    "Files about single images are written only where the app runs for yourself, "
    "with CELEBA set to a folder or a dataset: start it so, or take the counts."
)
CAPTION_RULES = CaptionRules(style="varied")
OF_CATALOGUE = ("catalogue", "wildcards")
_ONE_BY_ONE = ("images", "captions")
_NAMES = {"captions": "metadata", "wildcards": "celeba"}  # as whoever reads them expects


@dataclass(frozen=True)
class Asked:
    """What a file is to hold; whatever does not bear on it is as in every other, so that equal files are one.

    `seed` draws the captions, which follow the `rules`.

    Raises:
        UnknownName: an unknown export or format.
    """

    what: str
    suffix: str
    query: Query
    prompt_filter: PromptFilter = PromptFilter()
    seed: int = 0
    rules: CaptionRules = CAPTION_RULES

    def __post_init__(self) -> None:
        if self.what not in WHAT:
            raise UnknownName.of("export", self.what, WHAT)
        if self.suffix not in SUFFIXES:
            raise UnknownName.of("format", self.suffix, SUFFIXES)
        if self.what in OF_CATALOGUE:
            object.__setattr__(self, "query", _scope(self.query))
        else:
            object.__setattr__(self, "prompt_filter", PromptFilter())
        if self.what == "wildcards":
            object.__setattr__(self, "suffix", ".yaml")
        if self.what != "captions":
            object.__setattr__(self, "seed", 0)
            object.__setattr__(self, "rules", CAPTION_RULES)

    @property
    def said(self) -> str:
        """Which images and prompts the file is about."""
        if self.what == "captions":
            return describe_asked(self.query, self.rules)
        if self.what in OF_CATALOGUE:
            return describe_asked(self.query, self.prompt_filter)
        return describe_asked(self.query)

    @property
    def name(self) -> str:
        """Of the file."""
        return f"{_NAMES.get(self.what, self.what)}{self.suffix}"


@dataclass(frozen=True)
class Exporter:
    """Writes files about a source of faces into a folder of its own.

    Without `gives_single_images`, files list counts only: no image, no labels of one, no captions.
    """

    source: FaceSource
    dataset: Dataset
    folder: Path
    gives_single_images: bool

    @property
    def offered(self) -> list[str]:
        """What can be written here."""
        return [name for name in WHAT if name not in _ONE_BY_ONE or self._index is not None]

    @property
    def _index(self) -> AttributeIndex | None:
        """What lists single images, where that is given away."""
        return self.dataset.index if self.gives_single_images else None

    @cached_property
    def _kept(self) -> ExportFolder:
        return ExportFolder(self.folder)

    def write(self, asked: Asked) -> Path:
        """Write one file and name it; what is there already is given again.

        Raises:
            FaceSourceError: it is about single images, which are not here or not to be given away.
        """
        if asked.what in _ONE_BY_ONE and self._index is None:
            raise FaceSourceError(NOT_HERE)
        write = self._write_wildcards if asked.what == "wildcards" else self._write_records
        key = (asked, self.dataset.md5, ENGINE_VERSION)
        return self._kept.write_once(key, asked.name, lambda path: write(path, asked))

    def _write_records(self, path: Path, asked: Asked) -> None:
        seed = asked.seed if asked.what == "captions" else None
        write_records(path, self._records(asked), Stamp(self.dataset.md5, asked.said, seed))

    def _write_wildcards(self, path: Path, asked: Asked) -> None:
        judged = self.dataset.judged(asked.query, asked.prompt_filter)
        with replacing(path) as beside:
            text = wildcard_file(judged, Stamp(self.dataset.md5, asked.said))
            beside.write_text(text, encoding="utf-8", newline="\n")

    def _records(self, asked: Asked) -> Records:
        if asked.what == "view":
            return view_records(asked.query, self.source.facets(asked.query))
        if asked.what == "catalogue":
            return catalogue_records(self.dataset.judged(asked.query, asked.prompt_filter))
        index = self._index
        assert index is not None  # `write` has refused
        images = self.source if isinstance(self.source, IndexedFaces) else ListedImages(index)
        if asked.what == "images":
            return image_records(images, asked.query)
        return caption_records(images, asked.query, 1, asked.rules, asked.seed)


def _scope(query: Query) -> Query:
    """The images that a query is about, its labels and gender aside."""
    return Query(split=query.split, blurry=query.blurry, strict=query.strict)
