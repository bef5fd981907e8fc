"""Which models make pictures of prompts that were encoded ahead, as the environment names them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from generation.errors import ModelUnavailable
from generation.models import MODELS, model_spec

EMBEDDINGS = "EMBEDDINGS"


def read_embeddings(text: str | None, model: str) -> Mapping[str, Path]:
    """`large=FILE, medium=FILE`: the files by model, which need no text encoders in memory then.

    A file without a model is for the page's own `model`, and for those that have the same text encoders: the
    three of Stability AI.

    Raises:
        InvalidRecipe: there is no such model.
        ModelUnavailable: there is no such file.
    """
    found: dict[str, Path] = {}
    kin = [key for key, spec in MODELS.items() if spec.bundled == model_spec(model).bundled]
    for entry in filter(None, map(str.strip, (text or "").split(","))):
        name, equals, file = entry.partition("=")
        path = Path(file.strip() if equals else entry).expanduser()
        if not path.is_file():
            raise ModelUnavailable(
                f"{EMBEDDINGS} names {str(path)!r}, where there is no file: write it with `python -m "
                "generation encode`, or leave it out."
            )
        found |= dict.fromkeys([model_spec(name.strip()).key] if equals else kin, path.resolve())
    return found
