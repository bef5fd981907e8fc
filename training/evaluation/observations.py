"""What is noted of every picture, real or generated, in one pass: after it the picture is not needed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from PIL import Image

from prompt_engine.near_duplicates import hash_image
from training.dataset import fitted
from training.evaluation.classifier import SIZE_PX, AttributeClassifier, classify
from training.evaluation.features import ClipScore, Extract
from training.pixels import to_pixels

BATCH = 64


@dataclass(frozen=True)
class Observations:
    """Of n pictures: `seen` (n, outputs) bool, `features` (n, d) float32, `hashes` (n, 4) uint64, and the
    CLIP scores (n,) where prompts and a CLIP were there.
    """

    seen: np.ndarray
    features: np.ndarray
    hashes: np.ndarray
    clip_scores: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.seen)

    def of(self, rows: np.ndarray | slice) -> Observations:
        """Some of the pictures."""
        scores = None if self.clip_scores is None else self.clip_scores[rows]
        return Observations(self.seen[rows], self.features[rows], self.hashes[rows], scores)


@dataclass(frozen=True)
class Observer:
    """What looks at pictures; without an extractor the classifier's own features are taken."""

    classifier: AttributeClassifier
    extract: Extract | None = None
    clip_score: ClipScore | None = None

    def observe(self, images: Sequence[Image.Image], prompts: Sequence[str] = ()) -> Observations:
        """Some pictures, with the prompts they were made from."""
        small = np.stack([fitted(image, SIZE_PX) for image in images])
        seen, features = classify(self.classifier, to_pixels(small))
        if self.extract:
            features = self.extract(images)
        scores = self.clip_score(images, prompts) if self.clip_score and prompts else None
        return Observations(seen, features, _hashes(small), scores)

    def observe_all(self, images: Iterable[Image.Image], prompts: Sequence[str] = ()) -> Observations:
        """Any number of pictures, one batch after the other, with their prompts if they have some."""
        left, words = iter(images), iter(prompts)
        parts = iter(lambda: list(islice(left, BATCH)), [])
        return joined(self.observe(part, list(islice(words, len(part)))) for part in parts)


def joined(parts: Iterable[Observations]) -> Observations:
    """One after the other."""
    kept = list(parts)
    scores = [each.clip_scores for each in kept if each.clip_scores is not None]
    return Observations(
        np.concatenate([each.seen for each in kept]),
        np.concatenate([each.features for each in kept]),
        np.concatenate([each.hashes for each in kept]),
        np.concatenate(scores) if scores else None,
    )


def _hashes(small: np.ndarray) -> np.ndarray:
    """The fine hashes, of 256 bits, as four numbers each."""
    fine = [hash_image(Image.fromarray(each)).fine.to_bytes(32, "big") for each in small]
    return np.frombuffer(b"".join(fine), dtype=">u8").reshape(-1, 4).astype(np.uint64)
