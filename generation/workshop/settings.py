"""How pictures are made in some place, whatever they show: what a workshop is opened with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from generation.loading.placement import FreeMemory


@dataclass(frozen=True)
class WorkshopSettings:
    """Can be sent to another process.

    `embeddings`: by model, a file of prompts that were encoded ahead; its text encoders are never loaded.
    `lent`: what is free on a GPU that is there only while a comparison is made, and so neither looked at nor
    worked on before; nor can weights be read again then. `anyway`: models that need a GPU work without one.
    """

    embeddings: Mapping[str, Path] = field(default_factory=dict)
    lent: FreeMemory | None = None
    anyway: bool = False


DEFAULT_SETTINGS = WorkshopSettings()
