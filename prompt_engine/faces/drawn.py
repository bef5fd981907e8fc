"""Portraits drawn from attributes: they stand in for CelebA's faces where no dataset is set."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from prompt_engine.attribute_file import AttributeTable
from prompt_engine.attributes import LABELS
from prompt_engine.buckets import GENDERS
from prompt_engine.catalogue import catalogue
from prompt_engine.counts import AggregateCounts, MatchCount
from prompt_engine.faces import Face
from prompt_engine.faces.consistency import consistent
from prompt_engine.faces.looks import check_look, draw
from prompt_engine.faces.person import person
from prompt_engine.faces.population import BATCH, Population
from prompt_engine.index import AttributeIndex
from prompt_engine.selection import Selection

PEOPLE = 20_000  # whose labels follow CelebA's counts; after them comes one person for every prompt


class DrawnFaces:
    """A fixed crowd of drawn people; the counts it tells are CelebA's."""

    drawn = True

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

    def match_count(self, selection: Selection) -> MatchCount:
        """How many CelebA images match, from the shipped aggregate counts."""
        return self._counts.match_count(selection)

    def sample(self, selection: Selection, count: int, seed: int) -> list[Face]:
        """Up to `count` different drawn people who match; none where CelebA has none."""
        if self.match_count(selection).images == 0:
            return []
        return [self.face(int(number)) for number in self._crowd.index.sample(selection, count, seed)]

    def ids(self) -> Sequence[int]:
        """The numbers of the people whose labels follow CelebA's counts."""
        return range(PEOPLE)

    def labels(self, id: int) -> frozenset[str]:
        """The labels of the person of that number."""
        return self._crowd.people[id]

    def face(self, id: int) -> Face:
        """The person of that number, drawn."""
        labels = self.labels(id)
        rng = np.random.default_rng((1, id))
        return Face(f"drawn-{id}", draw(person(labels, rng), self._look, self._size_px, rng), labels)

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
