"""What an adapter's file says of itself, and its record of how it was trained; whoever made it wrote both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from generation.adapters.repository import AdapterRepository
from generation.adapters.strength import alphas
from generation.models import MODELS, ModelSpec

LONGEST = 300  # characters of a text that is shown
TOLD = ("revision", "kind", "ranks", "alphas", "layers", "size_bytes", "base", "faces", "page")


@dataclass(frozen=True)
class AdapterFacts:
    """An adapter in figures; `base` is None, and `record` empty, where nothing is recorded.

    `base` is what it was trained on by the name of its repository, `spec` the same where the page knows it.
    """

    revision: str
    kind: str
    ranks: tuple[int, ...]
    alphas: tuple[float, ...]
    layers: int
    size_bytes: int
    dtypes: tuple[str, ...]
    base: str | None
    spec: ModelSpec | None
    record: Mapping[str, Any]
    page: str | None

    @property
    def faces(self) -> str | None:
        """What it was trained on, such as "3,000 of Drawn portraits"."""
        faces = part(self.record, "faces")
        title, count = text(faces, "title"), number(faces, "count")
        return f"{count:,.0f} of {title}" if title and count is not None else title

    def told(self) -> dict[str, Any]:
        """As an endpoint gives it."""
        values = {name: getattr(self, name) for name in TOLD}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def adapter_facts(repository: AdapterRepository) -> AdapterFacts:
    """The figures of an adapter's header."""
    header = repository.header
    record = header.record or {}
    base = part(record, "base_model")
    return AdapterFacts(
        revision=repository.revision,
        kind="DoRA" if header.is_dora else "LoRA",
        ranks=tuple(sorted(set(header.ranks().values()))),
        alphas=tuple(sorted(set(alphas(header).values()))),
        layers=len(header.modules()),
        size_bytes=header.size_bytes,
        dtypes=header.dtypes,
        base=text(base, "repo"),
        spec=MODELS.get(text(base, "key") or ""),
        record=record,
        page=repository.page,
    )


def part(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object within another one; an empty one where it is none."""
    value = values.get(name)
    return value if isinstance(value, dict) else {}


def text(values: Mapping[str, Any], name: str) -> str | None:
    """A text that can be shown; None where it is none."""
    value = values.get(name)
    return value[:LONGEST] if isinstance(value, str) and value and value.isprintable() else None


def number(values: Mapping[str, Any], name: str) -> float | None:
    """A number that can be shown; None where it is none."""
    value = values.get(name)
    usable = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15
    return value if usable else None
