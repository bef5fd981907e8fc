"""Random prompts by any sampling mode, of any size, with or without a least number of images."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from math import fsum
from typing import Protocol

from prompt_engine.buckets import bucket_of, offered, unanswered
from prompt_engine.conflicts import compatible
from prompt_engine.distribution import LARGEST_SIZE, MODES, Distribution, distribution
from prompt_engine.errors import InvalidSelection, UnknownName
from prompt_engine.facets import Facets, MatchCount
from prompt_engine.query import Query
from prompt_engine.sampler import check_size, sample_selection
from prompt_engine.selection import Selection

_TRIES = 20_000  # at the documented weights one prompt in ten is below the threshold


class Counter(Protocol):
    """Whoever knows how many images match: an index, or the aggregate counts."""

    def match_count(self, query: Query) -> MatchCount:
        """How many images match."""
        ...

    def facets(self, query: Query) -> Facets:
        """How many match, and how many of them carry each label."""
        ...


@dataclass(frozen=True)
class PromptSampler:
    """Draws prompts of one size; without a gender, that is drawn too.

    With `least_images`, a prompt of fewer images is never drawn; counted are the images that `within` is
    about, its labels and gender aside. `absences` is the share of the attributes that are said to be absent;
    there a man may be clean-shaven. Up to three attributes a mode draws with exactly the probabilities of
    `distribution`; beyond, it weighs each further attribute as it weighs prompts.

    Raises:
        UnknownName: an unknown mode or gender.
        InvalidSelection: a size that no prompt can have, a share that is none, or a threshold below 0.
    """

    mode: str
    counter: Counter
    gender: str | None = None
    size: int = 3
    least_images: int = 0
    within: Query = Query()
    absences: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.absences <= 1:
            raise InvalidSelection(f"The share of absences is {self.absences}: use a number from 0 to 1.")
        if self.least_images < 0:
            raise InvalidSelection(f"The threshold is {self.least_images}: use 0 or more images.")
        if self.mode not in MODES:
            raise UnknownName.of("sampling mode", self.mode, MODES)
        check_size(self.size, self.gender)

    def draw(self, rng: random.Random) -> Selection:
        """One prompt. Only `rng.random()` is used: one seed, one list, on any machine.

        Raises:
            InvalidSelection: no prompt reaches the least number of images, or that cannot be told.
        """
        if self.size == 0:
            return sample_selection(rng, self.gender, 0)
        for _ in range(_TRIES):
            drawn = self._draw(rng)
            if drawn is not None and self._enough(drawn):
                return drawn
        raise InvalidSelection(
            f"No prompt of {self.size} attributes with {self.least_images:,} images was found: "
            "lower the threshold, or take fewer attributes."
        )

    def _draw(self, rng: random.Random) -> Selection | None:
        absent = sum(rng.random() < self.absences for _ in range(self.size)) if self.absences else 0
        drawn = self._draw_wanted(rng, self.size - absent)
        for _ in range(absent):
            drawn = drawn and self._deny(drawn, rng)
        return drawn

    def _draw_wanted(self, rng: random.Random, size: int) -> Selection | None:
        # Listed, the documented weights need no luck to find a prompt with enough images.
        listed = size and (self.mode != "legacy" or (self.least_images and size <= LARGEST_SIZE))
        if not listed:
            return sample_selection(rng, self.gender, size)
        drawn: Selection | None = self._listed(min(size, LARGEST_SIZE)).draw(rng)
        while drawn is not None and len(drawn.wanted) < size:
            drawn = self._extend(drawn, rng)
        return drawn

    @cached_property
    def _listed(self) -> Callable[[int], Distribution]:
        """The distribution of each size, made when it is first drawn from."""
        return cache(
            lambda size: distribution(
                self.mode, self.counter.match_count, self.gender, size, self.least_images, self.within
            )
        )

    def _enough(self, drawn: Selection) -> bool:
        if not self.least_images:
            return True
        found = self.counter.match_count(Query.of(drawn, self.within))
        if not found.exact and found.images >= self.least_images:
            raise InvalidSelection(
                f"How many images have {self.size} attributes so is only known with CelebA at hand: "
                "point to its folder, or take at most 3 attributes."
            )
        return found.images >= self.least_images

    def _extend(self, drawn: Selection, rng: random.Random) -> Selection | None:
        """One attribute more, weighed as the mode weighs prompts; None where nothing more goes with it."""
        weights = self._further(drawn)
        target = rng.random() * fsum(weights.values())  # sum() adds otherwise before Python 3.12
        for label, weight in weights.items():
            target -= weight
            if target < 0:
                return Selection(drawn.gender, (*drawn.wanted, label))
        return None

    def _deny(self, drawn: Selection, rng: random.Random) -> Selection | None:
        """One attribute more that is absent, any of them alike; that there is no beard is itself wanted."""
        named = {*drawn.wanted, *drawn.unwanted}
        free = [
            label
            for label in unanswered(drawn.gender, drawn.wanted)
            if label not in named and (label != "No_Beard" or compatible(label, named))
        ]
        label = free[int(rng.random() * len(free))]
        if label == "No_Beard":
            return Selection(drawn.gender, (*drawn.wanted, label), drawn.unwanted)
        return Selection(drawn.gender, drawn.wanted, (*drawn.unwanted, label))

    def _further(self, drawn: Selection) -> Mapping[str, float]:
        facets = self.counter.facets(Query.of(drawn, self.within))
        taken = {bucket_of(drawn.gender, label).name for label in drawn.wanted}
        weights = {}
        for label in offered(drawn.gender):
            bucket = bucket_of(drawn.gender, label)
            free = bucket.repeatable or bucket.name not in taken
            images = facets.with_label(label).images
            goes = label not in drawn.wanted and compatible(label, set(drawn.wanted))
            if goes and free and label in bucket.attributes and images >= max(self.least_images, 1):
                weights[label] = {"faithful": float(images), "coverage": 1 / images}.get(self.mode, 1.0)
        return weights
