"""How many CelebA images carry a selection, from aggregate counts alone: no image, no row about an image.

The file holds, by gender, how many images that are not Blurry carry each one, two or three of the attributes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np

from prompt_engine.attributes import LABELS
from prompt_engine.bitmaps import count_bits
from prompt_engine.buckets import GENDERS
from prompt_engine.errors import FaceSourceError, InvalidSelection
from prompt_engine.facets import COLUMN, Facets, MatchCount
from prompt_engine.index import AttributeIndex
from prompt_engine.query import Query
from prompt_engine.whole_file import replacing

_SCHEMA = 1
_DEEPEST = 3  # attributes together
_LEVELS = ("all", "singles", "pairs", "triples")
_DEFAULT_PATH = Path(__file__).resolve().parent.parent / "assets" / "celeba-counts.json"
_ABOUT = "How many CelebA images that are not Blurry carry one, two or three attributes together, a gender."
# Of list_attr_celeba.txt as CelebA publishes it: what the shipped counts were counted in.
CELEBA_MD5 = "75e246fa4810816ffd6ee81facbd244c"
_NOTICE = "Derived from CelebA (Liu et al., ICCV 2015): for non-commercial research only."

Columns = tuple[int, ...]
Named = tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class AggregateCounts:
    """Counts by gender and by ascending columns of LABELS, none to three of them."""

    genders: Mapping[str, Mapping[Columns, int]]

    @classmethod
    def build(cls, index: AttributeIndex, within: Query | None = None) -> AggregateCounts:
        """Count everything, in the images that a query is about, its own labels and gender aside."""
        within = replace(within or Query(), wanted=(), unwanted=())
        return cls({gender: _count_all(index, replace(within, gender=gender)) for gender in GENDERS})

    @classmethod
    def load(cls, path: Path | str | None = None) -> AggregateCounts:
        """Read a counts file, by default the one shipped in `assets/`.

        Raises:
            FaceSourceError: the file is missing or damaged.
        """
        path = _DEFAULT_PATH if path is None else Path(path)
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            return cls({gender: _listed(content, gender) for gender in GENDERS})
        except FileNotFoundError:
            raise FaceSourceError(
                f"There are no counts in {path}: make them with `python -m training demo-assets`."
            ) from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise FaceSourceError(
                f"The counts in {path} cannot be used ({error}): make them again with "
                "`python -m training demo-assets`."
            ) from error

    def write(self, path: Path | str) -> None:
        """Write the counts whole or not at all, one line a gender and level.

        Raises:
            OSError: the folder does not exist or cannot be written.
        """
        with replacing(Path(path)) as beside:
            beside.write_text(_text(self.genders), encoding="utf-8", newline="\n")

    def match_count(self, query: Query) -> MatchCount:
        """The number of matching images: exact for up to three labels, wanted and unwanted together.

        Beyond that no part of three labels may have fewer images than the whole, so the rarest part
        is an upper bound; a part with no image makes it exact.

        Raises:
            InvalidSelection: the query is about a split, blurry or contradictory images, which these counts
                do not tell apart.
        """
        if query.filtered:
            raise InvalidSelection(
                "Only the images that are not blurry are counted here, all together: point to a CelebA "
                "folder to choose among them."
            )
        named = _named(query)
        genders = GENDERS if query.gender is None else (query.gender,)
        images = sum(self._bound(gender, named) for gender in genders)
        return MatchCount(images, exact=len(named) <= _DEEPEST or images == 0)

    def facets(self, query: Query) -> Facets:
        """How many images match, and how many of them carry each label, or at most so many.

        Raises:
            InvalidSelection: as `match_count`.
        """
        images = self.match_count(query)
        each = [self._with_label(query, label, images) for label in LABELS]
        return Facets(
            images,
            np.array([count.images for count in each], dtype=np.int64),
            np.array([count.exact for count in each]),
        )

    def _with_label(self, query: Query, label: str, images: MatchCount) -> MatchCount:
        if label in query.wanted:
            return images
        if label in (*query.unwanted, "Blurry"):
            return MatchCount(0, exact=True)
        return self.match_count(replace(query, wanted=(*query.wanted, label)))

    def _bound(self, gender: str, named: Named) -> int:
        parts = combinations(named, min(_DEEPEST, len(named)))
        return min(self._exact(gender, part) for part in parts)

    def _exact(self, gender: str, part: Named) -> int:
        """Inclusion and exclusion: what carries the wanted, less what also carries an unwanted, and so on."""
        wanted = [COLUMN[label] for label, is_wanted in part if is_wanted]
        unwanted = [COLUMN[label] for label, is_wanted in part if not is_wanted]
        return sum(
            (-1) ** size * self.genders[gender][tuple(sorted((*wanted, *also)))]
            for size in range(len(unwanted) + 1)
            for also in combinations(unwanted, size)
        )


def _named(query: Query) -> Named:
    """The labels and whether each is wanted."""
    return (*((label, True) for label in query.wanted), *((label, False) for label in query.unwanted))


def _keys(level: int) -> list[Columns]:
    return list(combinations(range(len(LABELS)), level))


def _count_all(index: AttributeIndex, within: Query) -> dict[Columns, int]:
    counts: dict[Columns, int] = {(): 0}
    # A column repeated changes no AND, so singles and pairs are counted as triples too.
    keys = {level: _keys(level) for level in range(1, _DEEPEST + 1)}
    triples = {
        level: np.array([key + key[-1:] * (_DEEPEST - level) for key in keys[level]]) for level in keys
    }
    totals = {level: np.zeros(len(keys[level]), dtype=np.int64) for level in keys}
    for part, found in index.search(within):
        counts[()] += int(count_bits(found))
        for level in keys:
            totals[level] += part.count_triples(triples[level], found)
    for level in keys:
        counts.update(zip(keys[level], totals[level].tolist(), strict=True))
    return counts


def _text(genders: Mapping[str, Mapping[Columns, int]]) -> str:
    lines = [f'"{name}": {json.dumps(value)}' for name, value in _head().items()]
    for gender, counts in genders.items():
        levels = [
            f'  "{name}": {json.dumps([counts[key] for key in _keys(level)], separators=(",", ":"))}'
            for level, name in enumerate(_LEVELS)
        ]
        lines.append(f'"{gender}": {{\n' + ",\n".join(levels) + "\n}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _head() -> dict[str, object]:
    return {"schema": _SCHEMA, "about": _ABOUT, "notice": _NOTICE, "labels": list(LABELS)}


def _listed(content: Mapping[str, object], gender: str) -> dict[Columns, int]:
    if content["schema"] != _SCHEMA:
        raise ValueError(f"schema {content['schema']!r}, where {_SCHEMA} is known")
    if content["labels"] != list(LABELS):
        raise ValueError("other attribute labels")
    counts: dict[Columns, int] = {}
    for level, name in enumerate(_LEVELS):
        counts.update(zip(_keys(level), content[gender][name], strict=True))  # type: ignore[index]
    return counts
