"""How much of a prompt a model reads: its text encoders take a fixed number of tokens and no more."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from tokenizers import Tokenizer

from generation.errors import ModelUnavailable
from generation.hub.access import cached_model
from generation.locations import REPOSITORY
from generation.models import ModelSpec

_SHORT = 2  # tokens that a character is at most: one of its own, and one for the beginning of a word
_LAST_WORDS, _LAST_LETTERS = 3, 40


def cut_note(prompt: str, spec: ModelSpec, with_t5: bool = True) -> str:
    """The sentence that says where a model stops reading a prompt; empty where it reads all of it."""
    read = part_read(prompt, spec, with_t5)
    if read == prompt:
        return ""
    last = " ".join(read.split()[-_LAST_WORDS:])[-_LAST_LETTERS:]
    kept = "" if with_t5 or not spec.max_sequence_length else ", kept here without T5,"
    return f"{spec.title}{kept} reads this prompt only up to “{last}”: the rest of it changes nothing."


def part_read(prompt: str, spec: ModelSpec, with_t5: bool = True) -> str:
    """The beginning of a prompt that the model reads; all of it where nothing is cut.

    `with_t5`: whether its T5 is in memory, where it has one; a CLIP reads less. Neither torch nor weights are
    loaded. Of a model that is not on this machine it is not known, and all.
    """
    if with_t5 and spec.max_sequence_length and _SHORT * len(prompt) < spec.max_sequence_length:
        return prompt
    found = _find_tokenizer(spec, with_t5 and spec.max_sequence_length > 0)
    if found is None:
        return prompt
    tokenizer, most = found
    offsets = tokenizer.encode(prompt, add_special_tokens=False).offsets
    return prompt if len(offsets) <= most else prompt[: offsets[most - 1][1]]


def _find_tokenizer(spec: ModelSpec, with_t5: bool) -> tuple[Tokenizer, int] | None:
    """The one of the encoder that reads furthest, and how many tokens that takes besides its own marks."""
    name = "tokenizer_3" if with_t5 else "tokenizer"
    try:
        folder = (REPOSITORY / spec.repo if spec.bundled else cached_model(spec)) / name
    except ModelUnavailable:
        return None
    if not (folder / "tokenizer.json").is_file():
        return None
    tokenizer, most = _open_tokenizer(folder)
    # A T5 marks the end, a CLIP the start too.
    return tokenizer, spec.max_sequence_length - 1 if with_t5 else most - 2


@cache
def _open_tokenizer(folder: Path) -> tuple[Tokenizer, int]:
    config = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    return tokenizer, int(config["model_max_length"])
