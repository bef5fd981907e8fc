"""`python -m generation adapter-check`: whether an adapter can be used with a model, and what it is."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from generation.adapters.file import hub_name, read_adapter_header, resolve_adapter
from generation.chatter import silence_libraries
from generation.errors import AdapterRejected
from generation.models import MODELS, model_spec
from prompt_engine.command_line import BAD_INPUT

SCHEMA = 1  # of what --json prints


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument(
        "adapter", metavar="ADAPTER", help="demo, a safetensors file, its folder, or owner/name[@revision]"
    )
    parser.add_argument("--model", default="demo", help=f"{', '.join(MODELS)} (default: demo)")
    parser.add_argument("--json", action="store_true", help="print one JSON object, for programs")


def run(arguments: argparse.Namespace) -> int:
    """Print what it is, or why it is refused; 2 where it is. No GPU is asked for.

    Raises:
        AdapterRejected: it is refused, and not asked for as JSON.
        InvalidRecipe, ModelUnavailable: nothing is known of the model.
    """
    spec = model_spec(arguments.model)
    try:
        if hub_name(arguments.adapter) is None:
            read_adapter_header(resolve_adapter(arguments.adapter))
        # Only now: torch takes seconds that a wrong model, or what is no adapter, need not wait for.
        silence_libraries()
        from generation.adapters.check import inspect_adapter

        facts = inspect_adapter(arguments.adapter, spec)
    except AdapterRejected as problem:
        if not arguments.json:
            raise
        _print_json(usable=False, adapter=arguments.adapter, model=spec.key, problem=str(problem))
        return BAD_INPUT
    if arguments.json:
        _print_json(usable=True, **asdict(facts))
    else:
        print("\n".join(_lines(asdict(facts), spec.title)))
    return 0


def _print_json(**values: object) -> None:
    print(json.dumps({"schema": SCHEMA, **values}, indent=2))


def _lines(facts: dict[str, Any], title: str) -> Iterator[str]:
    share = facts["layers"] / facts["model_layers"]
    yield f"{facts['name']} can be used with {title}."
    yield f"revision: {facts['revision']}"
    yield f"file: {facts['file']}, {facts['size_bytes'] / 1e6:,.1f} MB, {', '.join(facts['dtypes'])}"
    ranks, factors = (", ".join(f"{each:g}" for each in facts[key]) for key in ("ranks", "scalings"))
    yield f"kind: {facts['kind']}, rank {ranks}; at strength 1 its products count {factors} times"
    yield f"layers: {facts['layers']:,} of {facts['model_layers']:,} linear ones ({share:.0%})"
    yield f"trained on: {facts['trained_on'] or 'not recorded'}"
    yield from (f"note: {note}" for note in facts["notes"])
