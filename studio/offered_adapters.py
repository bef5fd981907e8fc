"""Which adapters the page offers for which model, as the environment names them."""

from __future__ import annotations

from collections.abc import Mapping

from generation.adapters.file import hub_name
from generation.models import MODELS, model_spec

DEMO = {"demo": ("demo",)}


def read_adapters(text: str | None) -> Mapping[str, tuple[str, ...]]:
    """`large=owner/name@v1, medium=owner/other`: by model, the one that is taken unasked first.

    A name without a model is offered for all that are trained on faces of that kind: all but the demo model,
    which has an adapter of its own.

    Raises:
        InvalidRecipe: there is no such model.
    """
    found: dict[str, tuple[str, ...]] = dict(DEMO)
    for entry in filter(None, map(str.strip, (text or "").split(","))):
        model, equals, adapter = entry.rpartition("=")
        models = [model_spec(model.strip()).key] if equals else [key for key in MODELS if key not in DEMO]
        for key in models:
            found[key] = (*found.get(key, ()), adapter.strip())
    return found


def offered_repositories(adapters: Mapping[str, tuple[str, ...]]) -> set[str]:
    """The repositories on the Hub of the adapters that are offered."""
    named = (hub_name(name) for names in adapters.values() for name in names)
    return {name.repository for name in named if name}
