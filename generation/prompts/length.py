"""How much of a prompt a model reads: its text encoders take a fixed number of tokens and no more."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from tokenizers import Tokenizer

from generation.locations import REPOSITORY
from generation.models import ModelSpec


def part_read(prompt: str, spec: ModelSpec) -> str:
    """The beginning of a prompt that the model reads; all of it where nothing is cut.

    Neither torch nor weights are loaded. A model with a T5 reads all that a recipe's prompt may hold.
    """
    folder = REPOSITORY / spec.repo / "tokenizer"
    if spec.max_sequence_length or not (folder / "tokenizer.json").is_file():
        return prompt
    tokenizer, most = _open_tokenizer(folder)
    # Without the marks of start and end, which take two of the tokens.
    offsets = tokenizer.encode(prompt, add_special_tokens=False).offsets
    return prompt if len(offsets) <= most - 2 else prompt[: offsets[most - 3][1]]


@cache
def _open_tokenizer(folder: Path) -> tuple[Tokenizer, int]:
    config = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    return Tokenizer.from_file(str(folder / "tokenizer.json")), int(config["model_max_length"])
