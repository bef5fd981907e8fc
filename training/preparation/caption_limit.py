"""How long a caption may be: without a T5 a model reads as many tokens as its CLIPs do, and no word more."""

from __future__ import annotations

from dataclasses import dataclass

from generation.models import ModelSpec
from generation.prompts.length import part_read
from training.preparation.base import Base


@dataclass(frozen=True)
class CaptionLimit:
    """What a model without a T5 reads, in `tokens`; `text_encoders` identify what decides it."""

    spec: ModelSpec
    tokens: int
    text_encoders: str

    def fits(self, caption: str) -> bool:
        """Whether every word is read."""
        return not self.unread(caption)

    def unread(self, caption: str) -> str:
        """The end of a caption that is not read; "" where all of it is."""
        return caption[len(part_read(caption, self.spec)) :].strip()


def limit_of(base: Base) -> CaptionLimit | None:
    """The limit of a model, None where a T5 reads all that there is."""
    if base.spec.max_sequence_length:
        return None
    return CaptionLimit(base.spec, base.clip_tokens - 2, base.text_encoders)  # but the marks of start and end
