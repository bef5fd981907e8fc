"""Portraits drawn from attributes: they stand in for CelebA's faces where no dataset is set."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from prompt_engine.attribute_file import AttributeTable
from prompt_engine.attributes import LABELS
from prompt_engine.buckets import GENDERS
from prompt_engine.catalogue import catalogue
from prompt_engine.counts import AggregateCounts
from prompt_engine.errors import FaceSourceError
from prompt_engine.faces import Face
from prompt_engine.faces.consistency import consistent
from prompt_engine.faces.looks import check_look, draw
from prompt_engine.faces.person import person
from prompt_engine.faces.population import BATCH, Population
from prompt_engine.facets import Facets, MatchCount
from prompt_engine.index import AttributeIndex
from prompt_engine.query import Query
from prompt_engine.selection import Selection

_NAME = "drawn-"
_KEPT = 500  # drawings of 27 kB, which take 10 ms each
PEOPLE = 20_000  # whose labels follow CelebA's counts; after them comes one person for every prompt
_LINES_KEPT = 16  # of 114 kB


class DrawnFaces:
    """A fixed crowd of drawn people; the counts it tells are CelebA's."""

    drawn = True
    filterable = False
    splittable = False
    versions: tuple[str, ...] = ("drawn",)

    def __init__(
        self, look: str = "photographic", counts: AggregateCounts | None = None, size_px: int = 96
    ) -> None:
        check_look(look)
        self.title = f"Drawn portraits ({look})"
        self.notice = "Drawn by this program from attribute labels: no real person. The count is CelebA's."
        self._look = look
        self._size_px = size_px
        self._counts = counts or AggregateCounts.load()
        self._building = threading.Lock()
        self._built: _Crowd | None = None
        self._drawn = lru_cache(_KEPT)(self._draw)
        self._line = lru_cache(_LINES_KEPT)(self._line_up)

    @property
    def fingerprint(self) -> str:
        """How people are drawn here."""
        return f"drawn {self._look} {self._size_px}"

    def match_count(self, query: Query) -> MatchCount:
        """How many CelebA images match, from the shipped aggregate counts."""
        return self._counts.match_count(query)

    def facets(self, query: Query) -> Facets:
        """How many CelebA images match, and how many of them carry each label, from the same counts."""
        return self._counts.facets(query)

    def sample(self, query: Query, count: int, seed: int, version: str | None = None) -> list[Face]:
        """Up to `count` different drawn people who match; none where CelebA has none."""
        return [self.face(number) for number in self._sample(query, count, seed)]

    def sample_ids(self, query: Query, count: int, seed: int) -> list[str]:
        """What they are called, without drawing them."""
        return [f"{_NAME}{number}" for number in self._sample(query, count, seed)]

    def ids(self, query: Query | None = None) -> Sequence[int]:
        """The numbers of the people whose labels follow CelebA's counts, of all of them or who match."""
        if query is None:
            return range(PEOPLE)
        return [row for row in self._crowd.index.match_rows(query).tolist() if row < PEOPLE]

    def labels(self, id: int) -> frozenset[str]:
        """The labels of the person of that number."""
        return self._crowd.people[id]

    def number(self, name: str) -> int:
        """The number of the person who is called so.

        Raises:
            FaceSourceError: nobody is.
        """
        number = name.removeprefix(_NAME)
        known = name == f"{_NAME}{number}" and number.isascii() and number.isdecimal()
        if not known or int(number) >= len(self._crowd.people):
            raise FaceSourceError(f"Nobody is called {name!r}: choose one of the faces that are shown.")
        return int(number)

    def face(self, id: int, version: str | None = None) -> Face:
        """The person of that number, drawn."""
        return self._drawn(id)

    def glance(self, id: int) -> Face:
        """The same, beside those that are drawn already."""
        return self._draw(id)

    def _sample(self, query: Query, count: int, seed: int) -> list[int]:
        """Who matches, the first in the line of that seed first: other questions meet many of the same."""
        if self.match_count(query).images == 0:
            return []
        matching = self._crowd.index.match_rows(query)
        return matching[np.argsort(self._line(seed)[matching])[:count]].tolist()

    def _line_up(self, seed: int) -> np.ndarray:
        """The place of every person in a line of all: (people,) int32."""
        return np.random.default_rng((2, seed)).permutation(len(self._crowd.people)).astype(np.int32)

    def _draw(self, id: int) -> Face:
        labels = self.labels(id)
        rng = np.random.default_rng((1, id))
        return Face(f"{_NAME}{id}", draw(person(labels, rng), self._look, self._size_px, rng), labels)

    @property
    def _crowd(self) -> "_Crowd":
        # Built at the first need, in about a second, and by one visitor only.
        with self._building:
            self._built = self._built or _gather(self._counts)
            return self._built


@dataclass(frozen=True)
class _Crowd:
    people: list[frozenset[str]]
    index: AttributeIndex


def _gather(counts: AggregateCounts) -> _Crowd:
    population = Population(counts)
    people = [labels for batch in range(PEOPLE // BATCH) for labels in population.batch(batch)]
    prompts = [Selection(gender, triple) for gender in GENDERS for triple in catalogue(gender)]
    # Whom a rare prompt asks for may not be among 20,000 people: otherwise like somebody who is.
    people += [
        consistent([*_named(prompt), *sorted(people[number] - {"Male"})])
        for number, prompt in enumerate(prompts)
    ]
    values = np.array([[label in labels for label in LABELS] for labels in people])
    return _Crowd(people, AttributeIndex.build(AttributeTable(tuple(map(str, range(len(people)))), values)))


def _named(selection: Selection) -> list[str]:
    return [*(["Male"] if selection.gender == "male" else []), *selection.wanted]
