"""The workshop: loaded models and the attached adapters, one comparison at a time."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from diffusers import StableDiffusion3Pipeline

from generation.adapter_file import adapter_revision, resolve_adapter
from generation.adapters import attach_adapter
from generation.compare import compare
from generation.errors import AdapterRejected, InvalidRecipe, ModelUnavailable
from generation.events import Comparison, Event, Finished
from generation.long_lived import long_lived
from generation.models import ModelSpec
from generation.pipelines import load_pipeline, model_revision, placement
from generation.recipe import Recipe
from generation.render import rendering
from generation.results import ResultStore


class Workshop:
    """Turns recipes into pictures; what the page and the command line call.

    Models stay loaded after their first use and adapters attached; neither changes a picture. With `results`,
    finished comparisons are kept there and given again without work.
    """

    def __init__(self, device: str | None = None, results: ResultStore | None = None) -> None:
        self._device = device
        self._results = results
        # Not an RLock: a page may take a generator's steps from different threads.
        self._lock = threading.Lock()
        self._pipelines: dict[str, StableDiffusion3Pipeline] = {}
        self._model_revisions: dict[str, str] = {}
        self._attached: dict[str, str | None] = {}

    def pinned(self, recipe: Recipe) -> Recipe:
        """The recipe with the revisions of the weights that are here, and without their place on the machine.

        An adapter given by its path keeps the last part of it as its name; its revision tells which it is.

        Raises:
            ModelUnavailable, AdapterRejected: they are not here, or the recipe names other ones.
        """
        model = self._model_revision(recipe.spec)
        adapter = adapter_revision(resolve_adapter(_adapter(recipe)))
        if recipe.model_revision not in (None, model):
            raise ModelUnavailable(_other_revision(recipe.spec.title, recipe.model_revision, model))
        if recipe.adapter_revision not in (None, adapter):
            raise AdapterRejected(
                _other_revision(f"adapter {recipe.adapter}", recipe.adapter_revision, adapter)
            )
        return replace(recipe, adapter=_name(_adapter(recipe))).with_revisions(model, adapter)

    def compare(self, recipe: Recipe) -> Generator[Event, None, None]:
        """Both portraits of a recipe, as `compare.compare` gives them; the result names its revisions.

        Waits for its turn. Closing the iterator stops within one step and lets the next one begin.
        """
        adapter, recipe = _adapter(recipe), self.pinned(recipe)
        comparison = self._stored(recipe)
        if comparison is None:
            with self._lock:
                # Whoever was before us may have made the very same pictures.
                comparison = self._stored(recipe) or (yield from self._make(recipe, adapter))
        yield Finished(comparison)

    def stored(self, recipe: Recipe) -> Comparison | None:
        """The comparison of a recipe, if it was made before with the weights that are here.

        Raises:
            ModelUnavailable, AdapterRejected: they are not here, or the recipe names other ones.
        """
        return self._stored(self.pinned(recipe))

    def load(self, recipe: Recipe) -> None:
        """Load what a recipe needs, so that its first comparison need not wait for it."""
        with self._lock, long_lived():
            self._prepare(self.pinned(recipe), _adapter(recipe))

    def _make(self, recipe: Recipe, adapter: str) -> Generator[Event, None, Comparison]:
        """Yield the progress of a comparison, keep the result and return it; the lock must be held."""
        with closing(compare(recipe, self._prepare(recipe, adapter))) as events:
            for event in events:
                if isinstance(event, Finished):
                    comparison = event.comparison
                else:
                    yield event
        if self._results:
            self._results.put(comparison)
        return comparison

    def _stored(self, recipe: Recipe) -> Comparison | None:
        return self._results.get(recipe, rendering(*placement(self._device))) if self._results else None

    def _model_revision(self, spec: ModelSpec) -> str:
        if spec.key not in self._model_revisions:
            self._model_revisions[spec.key] = model_revision(spec)
        return self._model_revisions[spec.key]

    def _prepare(self, recipe: Recipe, adapter: str) -> StableDiffusion3Pipeline:
        """The recipe's pipeline with its adapter, from where it lies, attached; the lock must be held."""
        if recipe.model not in self._pipelines:
            self._pipelines[recipe.model] = load_pipeline(recipe.spec, self._device)
        pipeline = self._pipelines[recipe.model]
        if self._attached.get(recipe.model) != recipe.adapter_revision:
            self._attached.pop(recipe.model, None)  # a failure may leave nothing attached
            path = resolve_adapter(adapter)
            attach_adapter(pipeline, path)
            _check_unchanged(path, recipe)
            self._attached[recipe.model] = recipe.adapter_revision
        return pipeline


def _adapter(recipe: Recipe) -> str:
    if recipe.adapter is None:
        raise InvalidRecipe('The recipe names no adapter: give "demo", or the path of one.')
    return recipe.adapter


def _name(adapter: str) -> str:
    # "demo" is no path, even where a link of that name lies.
    return adapter if adapter == "demo" else Path(adapter).expanduser().resolve().name


def _check_unchanged(path: Path, recipe: Recipe) -> None:
    # It may have been replaced since it was hashed; looking after loading it covers the loading too.
    if adapter_revision(path) != recipe.adapter_revision:
        raise AdapterRejected(
            f"{path.name} was replaced while the comparison waited: compare again to use it as it is now."
        )


def _other_revision(title: str, asked: str, here: str) -> str:
    return (
        f"The recipe was made with {title} {asked[:12]}, and here is {here[:12]}: "
        "leave the revision out to use the one that is here."
    )
