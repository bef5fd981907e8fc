"""Which of a face's true labels its caption names."""

import random
from collections.abc import Sequence, Set

from prompt_engine.buckets import buckets
from prompt_engine.selection import Selection


def caption_selection(labels: Set[str], rng: random.Random, sizes: Sequence[int] = (2, 3, 4)) -> Selection:
    """A random part of `labels`: one of `sizes` many, or all there are; one of an exclusive bucket."""
    gender = "male" if "Male" in labels else "female"
    candidates = []
    for bucket in buckets(gender):
        carried = [label for label in bucket.attributes if label in labels]
        if carried:
            candidates += carried if bucket.repeatable else [rng.choice(carried)]
    size = min(rng.choice(list(sizes)), len(candidates))
    return Selection(gender, tuple(rng.sample(candidates, size)))
