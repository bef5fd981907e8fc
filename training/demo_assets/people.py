"""Drawn people in whom every attribute is common, so that the demo model learns the rare ones too."""

from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np

from prompt_engine.attributes import LABELS
from prompt_engine.faces.consistency import consistent
from prompt_engine.faces.looks import draw
from prompt_engine.faces.person import person

EVEN = frozenset({"Male", "Young", "Smiling", "Mouth_Slightly_Open"})  # half of all people
NEVER = frozenset({"Blurry", "No_Beard"})  # not wanted, or implied by others
CHUNK = 500


def balanced_labels(rng: np.random.Generator) -> frozenset[str]:
    """Labels of one person: each is common, none contradicts another."""
    order = rng.permutation(len(LABELS))
    chances = {label: 0.5 if label in EVEN else 0.3 for label in LABELS if label not in NEVER}
    chances.update(Black_Hair=0.6, Brown_Hair=0.6, Blond_Hair=0.6, Gray_Hair=0.6, Oval_Face=0.4)
    return consistent(LABELS[i] for i in order if rng.random() < chances.get(LABELS[i], 0.0))


def people_labels(count: int, seed: int) -> list[frozenset[str]]:
    """The labels of the people that `draw_people` draws."""
    return [balanced_labels(np.random.default_rng((seed, index))) for index in range(count)]


def draw_people(count: int, look: str, size_px: int, seed: int) -> tuple[np.ndarray, list[frozenset[str]]]:
    """`count` portraits: (count, size_px, size_px, 3) uint8, and their labels; always the same ones."""
    starts = range(0, count, CHUNK)
    with ProcessPoolExecutor(max_workers=2) as pool:
        chunks = list(
            pool.map(partial(_draw_chunk, count=count, look=look, size_px=size_px, seed=seed), starts)
        )
    return np.concatenate([pixels for pixels, _ in chunks]), [labels for _, part in chunks for labels in part]


def _draw_chunk(
    start: int, count: int, look: str, size_px: int, seed: int
) -> tuple[np.ndarray, list[frozenset[str]]]:
    pixels, people = [], []
    for index in range(start, min(start + CHUNK, count)):
        rng = np.random.default_rng((seed, index))
        labels = balanced_labels(rng)
        pixels.append(np.asarray(draw(person(labels, rng), look, size_px, rng)))
        people.append(labels)
    return np.stack(pixels), people
