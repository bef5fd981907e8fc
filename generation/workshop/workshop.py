"""The workshop: from a recipe to the weights that it means, then to pictures, stored or made."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from functools import partial

from generation.adapters.file import AdapterHeader, FoundAdapter, find_adapter, read_adapter_header
from generation.adapters.fit import check_for_model
from generation.errors import AdapterRejected, InvalidRecipe, ModelUnavailable
from generation.events import ARMS, Arm, Event, Finished, Waiting
from generation.loading.loaded_models import LoadedModels
from generation.loading.machine import Offer, offers
from generation.loading.pipelines import model_revision, placement
from generation.loading.placement import FreeMemory
from generation.models import ModelSpec
from generation.recipe import Recipe, means_revision
from generation.render import Layout, rendering
from generation.results import ResultStore, StoredComparison
from generation.workshop.maker import Maker
from generation.workshop.settings import DEFAULT_SETTINGS, WorkshopSettings


class Workshop:
    """Turns recipes into pictures; what the page and the command line call.

    Models stay loaded after their first use and adapters attached, as long as memory holds them; neither
    changes a picture. With `results`, finished comparisons are kept there and given again without work.
    """

    def __init__(
        self,
        device: str | None = None,
        results: ResultStore | None = None,
        free: Callable[[], FreeMemory] | None = None,
        settings: WorkshopSettings = DEFAULT_SETTINGS,
    ) -> None:
        """`free` as for `LoadedModels`."""
        self._place = placement(device)
        self._results = results
        self._maker = Maker(LoadedModels(device, free, settings), settings)
        self._model_revisions: dict[str, str] = {}
        self._fitting: set[tuple[str, bytes]] = set()

    def offers(self) -> list[Offer]:
        """Every model, with how it is kept here or why it is off; what is loaded would make room."""
        return offers(self._maker.machine())

    def pinned(self, recipe: Recipe) -> Recipe:
        """The recipe with the revisions of the weights that are here, and without their place on the machine.

        An adapter given by its path keeps the last part of it as its name; its revision tells which it is.

        Raises:
            ModelUnavailable, AdapterRejected: they are not here, or the recipe names other ones.
        """
        return self._pin(recipe)[0]

    def compare(self, recipe: Recipe, arms: Sequence[Arm] = ARMS) -> Generator[Event | Waiting, None, None]:
        """The portraits of a recipe, as `compare.compare` gives them; the result names its revisions.

        Waits for its turn, with signs of life. Closing the iterator stops within one step, frees what it
        needed, and lets the next one begin.

        Raises:
            InvalidRecipe, ModelUnavailable, AdapterRejected: these portraits cannot be made here.
            OutOfMemory: not even with a model's parts offloaded.
        """
        recipe, adapter = self._pin(recipe)
        wanted = _arms(recipe, arms)
        make = partial(self._maker.make, recipe, adapter if "fine_tuned" in wanted else None, wanted)
        if self._results is None:
            comparison = yield from make()
        else:
            made_by = self._rendering(recipe, adapter, wanted)
            comparison = yield from self._results.once(recipe, made_by, wanted, make)
        yield Finished(comparison)

    def stored(self, recipe: Recipe, arms: Sequence[Arm] = ARMS) -> StoredComparison | None:
        """The comparison of a recipe, if it was made before with the weights that are here; none is loaded.

        Raises:
            InvalidRecipe, ModelUnavailable, AdapterRejected: as `compare`.
        """
        recipe, adapter = self._pin(recipe)
        wanted = _arms(recipe, arms)
        if self._results is None:
            return None
        return self._results.find(recipe, self._rendering(recipe, adapter, wanted), wanted)

    def check_prompt(self, recipe: Recipe) -> None:
        """Find out, before anything is asked for, whether the prompt can be encoded here.

        Raises:
            InvalidRecipe, ModelUnavailable: it cannot, because text encoders are left out.
        """
        self._maker.check_prompt(recipe)

    def has_t5(self, spec: ModelSpec) -> bool:
        """Whether a model's T5 is in memory here, or not missed.

        Raises:
            ModelUnavailable: as `LoadedModels.placement_of`.
        """
        return self._maker.placement_of(spec).t5 != "none"

    def load(self, recipe: Recipe) -> float | None:
        """Load what a recipe needs, so that its first comparison need not wait for it.

        Gives the seconds of a step of one row, where they can be measured.
        """
        return self._maker.load(*self._pin(recipe))

    def _pin(self, recipe: Recipe) -> tuple[Recipe, FoundAdapter | None]:
        self._maker.check_gpu(recipe.spec)  # first, because no download helps
        model, spec = self._model_revision(recipe.spec), recipe.spec
        if not means_revision(recipe.model_revision, model):
            raise ModelUnavailable(_other_revision(spec.title, recipe.model_revision, model))
        if recipe.adapter is None:
            return recipe.with_revisions(model, None), None
        adapter = find_adapter(recipe.adapter, recipe.adapter_revision, partial(self._check_fit, spec))
        if not means_revision(recipe.adapter_revision, adapter.revision):
            raise AdapterRejected(
                _other_revision(f"adapter {recipe.adapter}", recipe.adapter_revision, adapter.revision)
            )
        return replace(recipe, adapter=adapter.name).with_revisions(model, adapter.revision), adapter

    def _check_fit(self, spec: ModelSpec, header: AdapterHeader) -> None:
        """Look at an adapter's header once for each model, which takes a moment."""
        seen = spec.key, hashlib.sha256(header.content).digest()
        if seen not in self._fitting:
            check_for_model(header, spec)
            self._fitting.add(seen)

    def _model_revision(self, spec: ModelSpec) -> str:
        if spec.key not in self._model_revisions:
            self._model_revisions[spec.key] = model_revision(spec)
        return self._model_revisions[spec.key]

    def _rendering(self, recipe: Recipe, adapter: FoundAdapter | None, arms: tuple[Arm, ...]) -> str:
        """What will render it; told without loading anything."""
        apart = adapter is not None and len(arms) > 1 and read_adapter_header(adapter.path).is_dora
        layout: Layout = "two passes" if apart else "batched"
        return rendering(*self._place, layout, self._maker.encoders(recipe.spec, *self._place))


def _arms(recipe: Recipe, arms: Sequence[Arm]) -> tuple[Arm, ...]:
    """The arms that can be made of those that were asked for, vanilla first."""
    wanted = tuple(arm for arm in ARMS if arm in arms and (arm == "vanilla" or recipe.adapter is not None))
    if not wanted:
        raise InvalidRecipe('The recipe names no adapter: give "demo", a path, or owner/name on the Hub.')
    return wanted


def _other_revision(title: str, asked: str | None, here: str) -> str:
    return (
        f"The recipe was made with {title} {(asked or '')[:12]}, and here is {here[:12]}: "
        "leave the revision out to use the one that is here."
    )
