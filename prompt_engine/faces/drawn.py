"""Portraits drawn from attributes: they stand in for CelebA's faces where no dataset is set."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from prompt_engine.attribute_file import AttributeTable
from prompt_engine.attributes import LABELS
from prompt_engine.counts import AggregateCounts, MatchCount
from prompt_engine.errors import FaceSourceError
from prompt_engine.faces import Face
from prompt_engine.faces.person import person
from prompt_engine.faces.photographic import photographic_portrait
from prompt_engine.faces.population import BATCH, Population
from prompt_engine.faces.portrait import flat_portrait
from prompt_engine.index import AttributeIndex
from prompt_engine.selection import Selection

LOOKS = ("flat", "photographic")
PEOPLE = 20_000


class DrawnFaces:
    """A fixed population of drawn people; the counts it tells are CelebA's."""

    drawn = True

    def __init__(
        self, look: str = "photographic", counts: AggregateCounts | None = None, size_px: int = 96
    ) -> None:
        if look not in LOOKS:
            raise FaceSourceError(f"Unknown look {look!r} of drawn portraits: choose {' or '.join(LOOKS)}.")
        self.title = f"Drawn portraits ({look})"
        self.notice = "Drawn by this program from attribute labels: no real person. The count is CelebA's."
        self._look = look
        self._size_px = size_px
        self._counts = counts or AggregateCounts.load()
        self._population = Population(self._counts)

    def match_count(self, selection: Selection) -> MatchCount:
        """How many CelebA images match, from the shipped aggregate counts."""
        return self._counts.match_count(selection)

    def sample(self, selection: Selection, count: int, seed: int) -> list[Face]:
        """Up to `count` different drawn people who match; none where CelebA has none."""
        if self.match_count(selection).images == 0:
            return []
        return [self.face(int(number)) for number in self._index.sample(selection, count, seed)]

    def ids(self) -> Sequence[int]:
        """The numbers of all drawn people."""
        return range(PEOPLE)

    def labels(self, id: int) -> frozenset[str]:
        """The labels of the person of that number."""
        return self._people[id]

    def face(self, id: int) -> Face:
        """The person of that number, drawn."""
        labels = self.labels(id)
        rng = np.random.default_rng((1, id))
        someone = person(labels, rng)
        flat = self._look == "flat"
        image = (
            flat_portrait(someone, self._size_px)
            if flat
            else photographic_portrait(someone, self._size_px, rng)
        )
        return Face(f"drawn {id:,}", image, labels)

    @cached_property
    def _people(self) -> list[frozenset[str]]:
        return [labels for batch in range(PEOPLE // BATCH) for labels in self._population.batch(batch)]

    @cached_property
    def _index(self) -> AttributeIndex:
        values = np.array([[label in labels for label in LABELS] for labels in self._people])
        return AttributeIndex.build(AttributeTable(tuple(map(str, range(PEOPLE))), values))
