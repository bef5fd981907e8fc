"""Which images are counted, in a line."""

from __future__ import annotations

from prompt_engine.query import Query
from studio.render import render_note


def render_scope(images: int, within: Query) -> str:
    """Such as: counted are 154,408 training images that are not blurry."""
    split = {None: "", "train": "training "}.get(within.split, f"{within.split} ")
    blurry = ", blurry ones included" if within.blurry == "in" else " that are not blurry"
    strict = ", without those whose labels contradict each other" if within.strict else ""
    return render_note(f"Counted: {images:,} {split}images{blurry}{strict}.")
