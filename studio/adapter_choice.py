"""What the page calls adapters, and which one a name means that was chosen, typed or linked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from generation.adapters.names import parse_hub_name
from generation.errors import InvalidRecipe
from generation.links import NO_ADAPTER
from generation.recipe_fields import is_shared_adapter

TITLES = {NO_ADAPTER: "None: vanilla alone", "demo": "Built in, for the demo model"}


def adapter_name(adapter: str | None) -> str:
    """What stands for an adapter in the page; of a file here only its name: where it lies is the owner's."""
    if adapter is None:
        return NO_ADAPTER
    return adapter if is_shared_adapter(adapter) else Path(adapter).name


def adapter_choices(offered: Sequence[str]) -> list[tuple[str, str]]:
    """Those that are offered for a model, and to do without."""
    names = [*map(adapter_name, offered), NO_ADAPTER]
    return [(TITLES.get(name, name), name) for name in dict.fromkeys(names)]


def usual_adapter(offered: Sequence[str]) -> str:
    """The name of the one that is taken unasked."""
    return adapter_name(next(iter(offered), None))


def meant_adapter(name: str | None, offered: Sequence[str]) -> str | None:
    """The adapter of a name, as a recipe takes it: one that is offered, one on the Hub, or None.

    Nobody names a file of this machine but who runs it.

    Raises:
        InvalidRecipe: it is none of these.
    """
    name = (name or NO_ADAPTER).strip()
    for adapter in offered:
        if name == adapter_name(adapter):
            return adapter
    if name == NO_ADAPTER:
        return None
    # What is called like one on the Hub and lies on this machine would be read from here.
    if parse_hub_name(name) is None or Path(name).exists():
        raise InvalidRecipe(
            f"{name[:100]!r} is no adapter for this model: choose one, or write owner/name of one on the "
            "Hub, if need be with @revision behind it."
        )
    return name
