"""Which adapter a visitor means: one that is offered, or one on the Hub; never a file of this machine."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from itertools import count
from pathlib import Path

from generation.adapter_file import find_adapter
from generation.adapter_names import HubName, parse_hub_name
from generation.adapter_repository import AdapterRepository, read_hub_repository, read_local_repository
from generation.errors import AdapterRejected
from generation.models import MODELS
from studio.services import Services

KEPT = 64
KEPT_S = 300  # a branch may move; visitors need not ask the Hub again and again


def offered_names(services: Services, model: str | None = None) -> tuple[str, ...]:
    """What the offered adapters are called, of one model or of all; a path by its last part alone."""
    models = MODELS if model is None else (model,)
    offered = {adapter for key in models for adapter in services.adapters_for(key)}
    return tuple(name for name, adapter in _by_name(services).items() if adapter in offered)


def public_name(adapter: str | None, services: Services) -> str | None:
    """What an offered adapter is called; None for none."""
    return next((name for name, offered in _by_name(services).items() if offered == adapter), None)


def local_files(services: Services) -> tuple[Path, ...]:
    """The files of the offered adapters that lie on this machine; of one that cannot be used, none."""
    found = []
    for adapter in _by_name(services).values():
        with suppress(AdapterRejected):
            if _is_here(adapter):
                found.append(find_adapter(adapter).path)
    return tuple(found)


def meant_adapter(name: str, services: Services) -> str:
    """The adapter that a visitor's name means, as a recipe takes it.

    Raises:
        AdapterRejected: the page does not offer it, and it is none on the Hub.
    """
    offered = _by_name(services)
    if name in offered:
        return offered[name]
    # What is called like one on the Hub and lies on this machine would be read from here.
    if parse_hub_name(name) is None or _is_here(name):
        known = ", ".join(offered) or "none"
        raise AdapterRejected(
            f"The adapter {name[:100]!r} is not offered here ({known}): name one on the Hugging Face Hub, "
            "such as owner/name or owner/name@revision."
        )
    return name


def read_named(name: str, services: Services) -> AdapterRepository:
    """The repository of an adapter by a visitor's name; one on the Hub is asked for anew after some minutes.

    Raises:
        AdapterRejected: it is not offered, or cannot be read.
    """
    adapter = meant_adapter(name, services)
    hub = None if _is_here(adapter) else parse_hub_name(adapter)
    if hub is None:
        return read_local_repository(adapter)
    return _read_hub(hub, int(time.monotonic() / KEPT_S))


@lru_cache(KEPT)
def _read_hub(name: HubName, _period: int) -> AdapterRepository:
    return read_hub_repository(name)


def _is_here(adapter: str) -> bool:
    """Whether it is built in, or a path of this machine: found there before the Hub is thought of."""
    return adapter == "demo" or Path(adapter).expanduser().exists()


def _by_name(services: Services) -> Mapping[str, str]:
    """Every offered adapter under a name of its own that tells nothing of this machine."""
    found: dict[str, str] = {}
    for key in MODELS:
        for adapter in services.adapters_for(key):
            if adapter not in found.values():
                found[_free_name(adapter, found)] = adapter
    return found


def _free_name(adapter: str, taken: Mapping[str, str]) -> str:
    if adapter == "demo" or not _is_here(adapter):
        return adapter
    name = Path(adapter).expanduser().resolve().name
    return next(each for each in _variants(name) if each not in taken)


def _variants(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name} ({number})" for number in count(2))
