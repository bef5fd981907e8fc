"""What `/health` tells machines and the status line: versions, models, queue, disk, last comparison."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Protocol

from prompt_engine import ENGINE_VERSION
from studio import VERSION
from studio.adapter_choice import adapter_name
from studio.services import Services

LIBRARIES = (
    "gradio", "spaces", "torch", "diffusers", "transformers", "peft", "huggingface_hub", "mcp",
)  # fmt: skip
LEAST_FREE_MB = 100  # some comparisons of SD 3.5, and what libraries write for themselves


class Queue(Protocol):
    """Gradio's own: how many wait in it, and how many are being worked on."""

    def __len__(self) -> int: ...

    def get_active_worker_count(self) -> int:
        """How many are being worked on."""


def build_report(services: Services, queue: Queue) -> dict[str, Any]:
    """The report, as JSON can hold it; it never waits for whoever makes portraits."""
    disk = _disk(services)
    return {
        "status": _status(services, disk),
        "versions": _versions(),
        "models": _models(services),
        "adapters": _adapters(services),
        "queue": {
            "waiting": len(queue),
            "running": queue.get_active_worker_count(),
            "places": services.settings.max_waiting,
        },
        "disk": disk,
        "comparisons": dict(services.pulse.counts),
        "since_last_made_s": _rounded(services.pulse.since_made_s),
        "up_s": _rounded(services.pulse.up_s),
    }


def _status(services: Services, disk: Mapping[str, int | None]) -> str:
    free_mb = disk["free_mb"]
    if free_mb is None or free_mb < LEAST_FREE_MB:
        return "disk full"
    return "ok" if services.ready else "starting"


@functools.cache
def _versions() -> dict[str, str]:
    installed = {"app": VERSION, "prompt_engine": ENGINE_VERSION}
    for library in LIBRARIES:
        with suppress(PackageNotFoundError):  # `spaces` is there on ZeroGPU only
            installed[library] = version(library)
    return installed


def _models(services: Services) -> list[dict[str, object]]:
    """The models of the last look, none before it: a look waits for what is being made."""
    return [{"key": offer.key, "on": offer.on, "problem": offer.problem} for offer in services.last_offers]


def _adapters(services: Services) -> dict[str, list[dict[str, str | None]]]:
    revisions = services.pulse.revisions
    return {
        model: [{"name": adapter_name(name), "revision": revisions.get(name)} for name in names]
        for model, names in services.settings.adapters.items()
    }


def _disk(services: Services) -> dict[str, int | None]:
    """What is free where results are kept; None where that cannot be told, as when the folder is gone."""
    try:
        free = shutil.disk_usage(services.settings.results_dir).free
    except OSError:
        return {"free_mb": None}
    return {"free_mb": free // 1_000_000}


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)
