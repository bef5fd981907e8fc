"""What can be exported, as records: the catalogue, the images of a query, captions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from prompt_engine.attributes import LABELS
from prompt_engine.buckets import bucket_of
from prompt_engine.captions import CaptionRules, write_captions
from prompt_engine.errors import NoImages
from prompt_engine.export import NUMBER, TEXT, TEXTS, TRUTH, WHOLE, Records
from prompt_engine.facets import Facets
from prompt_engine.index import AttributeIndex
from prompt_engine.prompt_filter import Assessed, losses
from prompt_engine.query import SPLITS, Query
from prompt_engine.realiser import realise
from prompt_engine.reliability import worst_tier

Row = dict[str, Any]

_CATALOGUE = {
    "gender": TEXT,
    "images": WHOLE,
    "attributes": TEXTS,
    "buckets": TEXTS,
    "prompt": TEXT,
    "expected": NUMBER,
    "lift": NUMBER,
    "lift_low": NUMBER,
    "lift_high": NUMBER,
    "reliability": TEXT,
    "kept": TRUTH,
    "reasons": TEXTS,
}
_LOSSES = {"gender": TEXT, "attribute": TEXT, "prompts": WHOLE, "dropped": WHOLE, "kept": WHOLE}
_VIEW = {
    "gender": TEXT,
    "wanted": TEXTS,
    "unwanted": TEXTS,
    "split": TEXT,
    "blurry": TEXT,
    "strict": TRUTH,
    "images": WHOLE,
    "label": TEXT,
    "with_label": WHOLE,
    "without_label": WHOLE,
    "exact": TRUTH,
}


class Images(Protocol):
    """Labelled images that have files: a source of photographed faces, or all that a list names."""

    index: AttributeIndex

    def ids(self, query: Query | None = None) -> Sequence[int]:
        """The rows of the images that match, in order."""
        ...

    def file_name(self, id: int) -> str:
        """What the file of a row is called."""
        ...


@dataclass
class ListedImages:
    """All images of an attribute list, under its own names: no file is looked for."""

    index: AttributeIndex

    def ids(self, query: Query | None = None) -> Sequence[int]:
        """The rows that match."""
        return self.index.match_rows(query or Query()).tolist()

    def file_name(self, id: int) -> str:
        """What the list calls the image of a row."""
        return self.index.file_name(id)


def catalogue_records(assessed: Sequence[Assessed]) -> Records:
    """Every prompt of the catalogue, how often it occurs, and why it is dropped, if it is."""
    return Records(_CATALOGUE, _catalogue_rows(assessed))


def _catalogue_rows(assessed: Sequence[Assessed]) -> Iterator[Row]:
    for row, occurrence, reasons in assessed:
        yield {
            "gender": row.gender,
            "images": row.count,
            "attributes": list(row.labels),
            "buckets": [bucket_of(row.gender, label).name for label in row.labels],
            "prompt": realise(row.selection),
            "expected": round(occurrence.expected, 3),
            "lift": _finite(occurrence.lift),
            "lift_low": _finite(occurrence.low),
            "lift_high": _finite(occurrence.high),
            "reliability": worst_tier(row.labels).word,
            "kept": not reasons,
            "reasons": list(reasons),
        }


def loss_records(assessed: Sequence[Assessed]) -> Records:
    """For every attribute and gender, how many of its prompts are dropped."""
    return Records(_LOSSES, _loss_rows(assessed))


def _loss_rows(assessed: Sequence[Assessed]) -> Iterator[Row]:
    for loss in losses(assessed):
        yield {
            "gender": loss.gender,
            "attribute": loss.label,
            "prompts": loss.prompts,
            "dropped": loss.dropped,
            "kept": loss.prompts - loss.dropped,
        }


def view_records(query: Query, facets: Facets) -> Records:
    """Each of the 40 labels: how many of the images that answer a query carry it, and how many lack it."""
    return Records(_VIEW, _view_rows(query, facets))


def _view_rows(query: Query, facets: Facets) -> Iterator[Row]:
    for label in LABELS:
        carried, lacked = facets.with_label(label), facets.without_label(label)
        yield {
            "gender": query.gender,
            "wanted": list(query.wanted),
            "unwanted": list(query.unwanted),
            "split": query.split,
            "blurry": query.blurry,
            "strict": query.strict,
            "images": facets.images.images,
            "label": label,
            "with_label": carried.images,
            "without_label": lacked.images,
            "exact": carried.exact and lacked.exact,
        }


def image_records(images: Images, query: Query) -> Records:
    """Every image that answers a query, in the order of the attribute list, with its labels."""

    def rows() -> Iterator[Row]:
        for row, place in _placed(images, query):
            yield {**place, "attributes": sorted(images.index.labels(row))}

    return Records({**_place_columns(images), "attributes": TEXTS}, rows())


def caption_records(images: Images, query: Query, count: int, rules: CaptionRules, seed: int) -> Records:
    """Captions of every image that answers a query, in the form of an image folder's `metadata.jsonl`.

    The first caption is `text`, further ones are `text_2`, `text_3`, …

    Raises:
        NoImages: there is none, and nothing could be trained on them.
    """
    _check_some(images, query)
    names = ["text", *(f"text_{number}" for number in range(2, count + 1))]

    def rows() -> Iterator[Row]:
        for row, place in _placed(images, query):
            captions = write_captions(row, images.index.labels(row), count, rules, seed)
            yield {**place, **dict(zip(names, captions, strict=True))}

    return Records({**_place_columns(images), **dict.fromkeys(names, TEXT)}, rows())


def _check_some(images: Images, query: Query) -> None:
    if len(images.ids(query)):
        return
    matching = images.index.count(query)
    why = f"none of the {matching:,} images that match is here" if matching else "no image matches"
    raise NoImages(f"There is nothing to write: {why}.")


def _place_columns(images: Images) -> dict[str, str]:
    """Where an image is found: by its file; where files have no names, by its row in its split."""
    return {"file_name": TEXT, "split": TEXT} if images.index.named else {"split": TEXT, "row": WHOLE}


def _placed(images: Images, query: Query) -> Iterator[tuple[int, Row]]:
    """The rows that answer a query, each with what `_place_columns` promises."""
    places = _places_in_splits(images.index)
    for row in images.ids(query):
        split, place = places.get(row, (None, row))
        if images.index.named:
            yield row, {"file_name": images.file_name(row), "split": split}
        else:
            yield row, {"split": split, "row": place}


def _places_in_splits(index: AttributeIndex) -> dict[int, tuple[str | None, int]]:
    """The split of each row and, counted from 0, its place there; empty where no split is known."""
    return {
        row: (split, place)
        for split in (SPLITS if index.has_splits else ())
        for place, row in enumerate(index.match_rows(Query(split=split, blurry="in")).tolist())
    }


def _finite(value: float) -> float | None:
    return round(value, 4) if value == value else None
