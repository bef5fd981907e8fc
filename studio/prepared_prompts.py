"""Which models make pictures of prompts that were encoded ahead, as the environment names them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from generation.errors import InvalidRecipe, ModelUnavailable
from generation.models import MODELS, model_spec

EMBEDDINGS = "EMBEDDINGS"


def read_embeddings(text: str | None, model: str) -> Mapping[str, Path]:
    """`large=FILE, medium=FILE`: the files by model, which need no text encoders in memory then.

    A file without a model is for the page's own `model`, and for those that have the same text encoders: the
    three of Stability AI, as far as none is named for them.

    Raises:
        InvalidRecipe: there is no such model, or two files are for one.
        ModelUnavailable: there is no such file.
    """
    shared: dict[str, Path] = {}
    named: dict[str, Path] = {}
    kin = [key for key, spec in MODELS.items() if spec.bundled == model_spec(model).bundled]
    for entry in filter(None, map(str.strip, (text or "").split(","))):
        name, equals, file = entry.partition("=")
        path = Path(file.strip() if equals else entry).expanduser()
        if not path.is_file():
            raise ModelUnavailable(
                f"{EMBEDDINGS} names {str(path)!r}, where there is no file: write it with `python -m "
                "generation encode`, or leave it out."
            )
        keys, into = ([model_spec(name.strip()).key], named) if equals else (kin, shared)
        if keys[0] in into:
            raise InvalidRecipe(f"{EMBEDDINGS} names two files for {keys[0]}: name one, as {keys[0]}=FILE.")
        into |= dict.fromkeys(keys, path.resolve())
    return shared | named
