"""The adapters that the tab and the endpoints look at: one that is offered, or one on the Hub."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from threading import BoundedSemaphore

from generation.adapters.file import find_adapter
from generation.adapters.hub_commits import commit_of
from generation.adapters.names import HubName, parse_hub_name
from generation.adapters.repository import AdapterRepository, read_hub_repository, read_local_repository
from generation.errors import AdapterRejected
from generation.models import MODELS
from studio.adapter_choice import adapter_name, meant_adapter
from studio.services import Services

KEPT = 64
# Each takes one of the threads that answer everybody, for as long as the Hub takes.
MOST_LOOK_UPS = 4
PATIENCE_S = 5
_LOOK_UPS = BoundedSemaphore(MOST_LOOK_UPS)


def offered_names(services: Services, model: str | None = None) -> tuple[str, ...]:
    """What the offered adapters are called, of one model or of all."""
    return tuple(dict.fromkeys(map(adapter_name, _offered(services, model))))


def read_named(name: str, services: Services) -> AdapterRepository:
    """The repository of an adapter by a visitor's name; one on the Hub is asked for anew after some minutes.

    Raises:
        InvalidRecipe, AdapterRejected: it is not offered, or cannot be read.
    """
    adapter = meant_adapter(name, _offered(services))
    if adapter is None:
        raise AdapterRejected("No adapter is named: choose one, or write owner/name of one on the Hub.")
    hub = None if _is_here(adapter) else parse_hub_name(adapter)
    if hub is None:
        return read_local_repository(adapter)
    if not _LOOK_UPS.acquire(timeout=PATIENCE_S):
        raise AdapterRejected("The Hub is asked for other adapters at the moment: try again in some seconds.")
    try:
        at = HubName(hub.repository, commit_of(hub))
        found = _read_hub(at)
        if all(path.exists() for path in found.beside.values()):
            return found
        _read_hub.cache_clear()  # dropped from the disk since
        return _read_hub(at)
    finally:
        services.drop_unused_adapters()
        _LOOK_UPS.release()


def local_files(services: Services) -> tuple[Path, ...]:
    """The files of the offered adapters that lie on this machine; of one that cannot be used, none."""
    found = []
    for adapter in filter(_is_here, _offered(services)):
        with suppress(AdapterRejected):
            found.append(find_adapter(adapter).path)
    return tuple(found)


@lru_cache(KEPT)
def _read_hub(at: HubName) -> AdapterRepository:
    return read_hub_repository(at)


def _offered(services: Services, model: str | None = None) -> tuple[str, ...]:
    models = MODELS if model is None else (model,)
    return tuple(dict.fromkeys(adapter for key in models for adapter in services.adapters_for(key)))


def _is_here(adapter: str) -> bool:
    """Whether it is built in, or a path of this machine: found there before the Hub is thought of."""
    return adapter == "demo" or Path(adapter).expanduser().exists()
