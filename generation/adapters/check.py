"""All that can be said of an adapter before a GPU is asked for: what it is, and whether it fits a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from generation.adapters.file import AdapterHeader, FoundAdapter, find_adapter, read_adapter_header
from generation.adapters.fit import check_for_model, linear_shapes
from generation.adapters.hub import LARGEST_BYTES, LARGEST_RANK, card_bases
from generation.adapters.names import HubName
from generation.adapters.strength import scalings
from generation.adapters.transformer_outline import build_outline
from generation.adapters.weights import check_weights
from generation.models import ModelSpec

LOUD = 100.0  # layers themselves give a few times 1 for such inputs: the demo model's 4 at most
SMALL_SHARE = 0.1  # of the layers; what adapters leave out on purpose is less


@dataclass(frozen=True)
class AdapterFacts:
    """An adapter that can be used with a model.

    `scalings` are the factors on B·A at strength 1; `layers` of `model_layers` are changed. `notes` hold what
    speaks against it without ruling it out, a sentence each.
    """

    name: str
    revision: str
    file: str
    size_bytes: int
    model: str
    kind: str
    dtypes: tuple[str, ...]
    ranks: tuple[int, ...]
    scalings: tuple[float, ...]
    layers: int
    model_layers: int
    trained_on: str | None
    notes: tuple[str, ...]


def inspect_adapter(adapter: str, spec: ModelSpec, revision: str | None = None) -> AdapterFacts:
    """Find an adapter, fetch it only where its header fits, and look at its weights, all on the CPU.

    Raises:
        AdapterRejected: it cannot be used with this model.
        ModelUnavailable: nothing is known of the model.
    """
    found = find_adapter(adapter, revision, partial(check_for_model, spec=spec))
    header = read_adapter_header(found.path)
    changes = check_weights(header, found.path)
    layers, model_layers = len(header.modules()), len(linear_shapes(build_outline(spec)))
    return AdapterFacts(
        name=found.name,
        revision=found.revision,
        file=found.path.name,
        size_bytes=header.size_bytes,
        model=spec.key,
        kind="DoRA" if header.is_dora else "LoRA",
        dtypes=header.dtypes,
        ranks=tuple(sorted(set(header.ranks().values()))),
        scalings=tuple(sorted(set(scalings(header).values()))),
        layers=layers,
        model_layers=model_layers,
        trained_on=_trained_on(header),
        notes=(*_notes(found, header, spec, layers, model_layers), *_loud(changes)),
    )


def _trained_on(header: AdapterHeader) -> str | None:
    repo = (header.record or {}).get("base_model", {}).get("repo")
    return repo[:200] if isinstance(repo, str) and repo.isprintable() else None


def _loud(changes: Mapping[str, float]) -> Iterator[str]:
    module, change = max(changes.items(), key=lambda each: each[1])
    if change > LOUD:
        yield (
            f"For inputs of variance 1 it adds up to {change:,.0f} to what {module} gives, where others "
            f"add less than {LOUD:g}: portraits may be noise."
        )


def _notes(
    found: FoundAdapter, header: AdapterHeader, spec: ModelSpec, layers: int, model_layers: int
) -> list[str]:
    notes = []
    bases = card_bases(HubName(found.name, found.revision)) if found.is_from_hub else ()
    if bases and spec.repo not in bases:
        notes.append(f"Its card names {', '.join(bases)} as what it was trained on, not {spec.repo}.")
    if header.size_bytes > LARGEST_BYTES or max(header.ranks().values()) > LARGEST_RANK:
        notes.append(
            f"From the Hub it would be refused: there rank {LARGEST_RANK} and {LARGEST_BYTES / 1e6:,.0f} MB "
            "are the most."
        )
    if layers < model_layers * SMALL_SHARE:
        notes.append(f"It changes {layers:,} of {model_layers:,} layers, so little will differ: is it whole?")
    if header.record is None:
        notes.append(
            "It has no record of its training: it may have learned other words than the prompts here."
        )
    return notes
