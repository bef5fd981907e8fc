"""`python -m generation models`: what this machine can run and why not the others; fetches one if asked."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from generation.chatter import silence_libraries
from generation.errors import InvalidRecipe
from generation.hub.access import download_model
from generation.hub.refusals import gigabytes
from generation.loading.machine import Machine, Offer, look_at_machine, offers
from generation.models import MODELS, ModelSpec, model_spec

SCHEMA = 1  # of what --json prints


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    fetched = ", ".join(spec.key for spec in MODELS.values() if not spec.bundled)
    parser.add_argument("--json", action="store_true", help="print one JSON object, for programs")
    parser.add_argument(
        "--download", metavar="MODEL", help=f"first fetch the weights of one: {fetched} (16 to 28 GB)"
    )


def run(arguments: argparse.Namespace) -> None:
    """Fetch what was asked for, then print every model with how it would run, or why it is off.

    Raises:
        InvalidRecipe, ModelUnavailable: what was asked for is not to be fetched.
    """
    wanted = _to_fetch(arguments.download) if arguments.download is not None else None
    silence_libraries()
    if wanted:
        download_model(wanted, say=_say)
    machine = look_at_machine()
    found = offers(machine, ask_hub=True)
    print(_as_json(machine, found) if arguments.json else "\n".join(_as_lines(machine, found)))


def _to_fetch(key: str) -> ModelSpec:
    spec = model_spec(key)
    if spec.bundled:
        raise InvalidRecipe(f"{spec.title} comes with this program: there is nothing to download.")
    return spec


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _as_lines(machine: Machine, found: Sequence[Offer]) -> Iterator[str]:
    gpu = "none" if machine.gpu is None else f"{machine.gpu}, {gigabytes(machine.free.gpu or 0)} free"
    yield f"GPU: {gpu}. Memory: {gigabytes(machine.free.host)} free."
    for each in found:
        yield (
            f"{each.key}: on, {each.placement.text}."
            if each.placement
            else f"{each.key}: off. {each.problem}"
        )


def _as_json(machine: Machine, found: Sequence[Offer]) -> str:
    models = [_offer_values(each) for each in found]
    return json.dumps({"schema": SCHEMA, "machine": asdict(machine), "models": models}, indent=2)


def _offer_values(each: Offer) -> dict[str, Any]:
    spec, placement = model_spec(each.key), each.placement
    return {
        "key": each.key,
        "title": each.title,
        "repo": spec.repo,
        "on": each.on,
        "problem": each.problem,
        "link": each.link,
        "placement": placement and placement.text,
        "device_bytes": placement and placement.device_bytes,
        "steps": {"default": spec.steps, "range": spec.steps_range},
        "guidance": {"default": spec.guidance, "range": spec.guidance_range},
        "size_px": {"default": spec.size_px, "choices": spec.sizes_px},
    }
