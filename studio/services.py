"""Everything the page needs besides Gradio: faces, pictures, and the example that is there from the start."""

from __future__ import annotations

import logging
import os
import tempfile
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from functools import cached_property, lru_cache, partial
from pathlib import Path

from generation.adapters.file import find_adapter, hub_name
from generation.adapters.hub_cache import drop_unused
from generation.errors import GenerationError, WorkshopEnded
from generation.events import ARMS, Arm, Comparison, Finished, Preview, Progress, Waiting
from generation.example import EXAMPLE_FOLDER, EXAMPLES, example_folder, example_recipe
from generation.hub.token_for import keep_token_for
from generation.loading.machine import Offer
from generation.png.metadata import FILE_NAMES, read_recipe
from generation.recipe import Recipe
from generation.results import ResultStore
from generation.results import StoredComparison as StoredComparison
from prompt_engine.buckets import GENDERS
from prompt_engine.counts import AggregateCounts
from prompt_engine.dataset_facts import Dataset
from prompt_engine.faces import FaceSource, open_face_source
from prompt_engine.facets import MatchCount
from prompt_engine.prompt_sampler import PromptSampler
from prompt_engine.query import Query
from prompt_engine.relations import Lifts, pair_lifts
from prompt_engine.selection import Selection
from studio.drawing import Drawer
from studio.durations import read_durations
from studio.exports import Exporter
from studio.face_keys import FaceKeys
from studio.health.observing import Events, observed
from studio.health.pulse import Pulse
from studio.maker import open_maker
from studio.offered_adapters import offered_repositories
from studio.offers import Offers
from studio.price import Prices
from studio.reporting import Reporting
from studio.settings import Settings, SettingsError, check_address
from studio.small_faces import SmallFaces
from studio.stored import StoredResults, means_recipe
from studio.stored_only import NotStored, wants_stored_only
from studio.view import View
from studio.zerogpu import GPUS_AT_ONCE

log = logging.getLogger(__name__)

ALL_SHARP = Query()
SAMPLERS_KEPT = 32  # each holds up to 8,343 prompts, some megabytes


class Services:
    """What the tabs call; the model is loaded by `warm_up_model`, or by the first comparison."""

    def __init__(self, settings: Settings, faces: FaceSource, example_dir: Path = EXAMPLE_FOLDER) -> None:
        self.settings = settings
        self.model = settings.model
        self.adapter = next(iter(self.adapters_for(self.model)), None)
        self.faces = faces
        self.small_faces = SmallFaces(faces)
        self.face_keys = FaceKeys()
        self.results = ResultStore(settings.results_dir)
        self.examples = read_examples(example_dir)
        self.example = next(iter(self.examples), None)
        self.served_folders = (self.results.folder, example_dir, settings.results_dir / "exports")
        self._maker = open_maker(settings, self.results)
        self._offers = Offers(lambda: self._maker.offers())
        self._ready = threading.Event()
        self._step_s_at_load: dict[str, float] = {}
        self.pulse = Pulse([name for names in settings.adapters.values() for name in names])
        self.drawer = Drawer()
        self.sampler = lru_cache(SAMPLERS_KEPT)(self._build_sampler)

    @property
    def example_recipe(self) -> Recipe:
        """What the page's inputs hold first: how the example was made, or would be with the page's model."""
        if self.example and self.example.recipe.model == self.model:
            return self.example.recipe
        return example_recipe(self.model, self.adapter)

    def adapters_for(self, model: str) -> tuple[str, ...]:
        """The adapters that the page offers for a model; the first is taken unasked."""
        return self.settings.adapters.get(model, ())

    def offers(self) -> Sequence[Offer]:
        """Every model, on or off, as `Offers.now` gives them."""
        return self._offers.now()

    @property
    def last_offers(self) -> Sequence[Offer]:
        """Every model as it was at the last look, however long ago; none before the first."""
        return self._offers.last

    def has_t5(self, model: str) -> bool:
        """As `Offers.have_t5`."""
        return self._offers.have_t5(model)

    @property
    def at_once(self) -> int:
        """How many comparisons may be under way: one process makes one, ZeroGPU lends several GPUs."""
        return GPUS_AT_ONCE if self.settings.on_zerogpu else 1

    @property
    def ready(self) -> bool:
        """Whether the model is loaded, so that a comparison starts at once."""
        return self._ready.is_set()

    @cached_property
    def plain_view(self) -> View:
        """What the page shows when its address says nothing."""
        selection = self.example_recipe.selection or Selection("female")
        return View(gender=selection.gender, wanted=selection.wanted, unwanted=selection.unwanted)

    @cached_property
    def dataset(self) -> Dataset:
        """What is known of the images that the faces come from."""
        return Dataset.of(self.faces)

    @property
    def gives_single_images(self) -> bool:
        """Whether files may list images of CelebA one by one: not where strangers may reach the page."""
        return not self.settings.public

    @cached_property
    def exporter(self) -> Exporter:
        """Who writes the files that the page gives away."""
        folder = self.settings.results_dir / "exports"
        return Exporter(self.faces, self.dataset, folder, self.gives_single_images)

    @cached_property
    def lifts(self) -> Mapping[str, Lifts]:
        """By gender, how often each pair of attributes occurs in CelebA, against chance."""
        counts = AggregateCounts.load()
        return {gender: pair_lifts(counts, gender) for gender in GENDERS}

    @cached_property
    def stored_results(self) -> StoredResults:
        """What was made before, found by what a link says."""
        return StoredResults(self.results)

    def stored(self, recipe: Recipe) -> StoredComparison | None:
        """What was made before of a recipe that may leave revisions out; no model is touched for it."""
        example = next((each for each in self.examples if means_recipe(recipe, each.recipe)), None)
        if example:
            return example
        found = self.stored_results.find(recipe)
        return StoredComparison(*found) if found else None

    @cached_property
    def reporting(self) -> Reporting:
        """Whom visitors tell of a picture."""
        return Reporting.of(os.environ, self.settings.contact)

    @cached_property
    def prices(self) -> Prices:
        """What portraits should cost, in seconds."""
        gpu = read_durations(self.settings.gpu_seconds) if self.settings.on_zerogpu else None
        return Prices(self.results, gpu, self._step_s_at_load)

    def match_count(self, query: Query) -> MatchCount:
        """How many CelebA images answer a question."""
        return self.faces.match_count(query)

    def _build_sampler(
        self, mode: str, gender: str | None, size: int, least_images: int, within: Query = ALL_SHARP
    ) -> PromptSampler:
        """Whoever draws such prompts; built once, because listing all prompts takes a moment."""
        return PromptSampler(mode, self.faces, gender, size, least_images, within)

    def compare(
        self, recipe: Recipe, arms: Sequence[Arm] = ARMS
    ) -> Generator[Progress | Preview | Waiting | StoredComparison, None, None]:
        """The portraits of a recipe: the progress of each step, then the finished files.

        Raises:
            NotStored: they are not there, where only what is stored is wanted.
        """
        asked = self._only(recipe, arms) if wants_stored_only() else self._maker.compare(recipe, arms)
        try:
            with closing(observed(asked, recipe, arms, self.pulse)) as events:
                for event in events:
                    if isinstance(event, Progress):
                        self._ready.set()
                    yield self._stored(event.comparison) if isinstance(event, Finished) else event
        except WorkshopEnded:
            self._ready.clear()
            raise
        finally:
            if recipe.adapter and hub_name(recipe.adapter):
                self.drop_unused_adapters()

    def _only(self, recipe: Recipe, arms: Sequence[Arm]) -> Events:
        stored = self._maker.stored(recipe, arms)
        if stored is None:
            raise NotStored
        return (each for each in (stored,))

    def drop_unused_adapters(self) -> None:
        """Keep what fetched adapters take of the disk within its limit; those that are offered stay."""
        kept = offered_repositories(self.settings.adapters)
        drop_unused(self.settings.adapter_cache_gb * 1e9, sorted(kept))

    def finished(self, recipe: Recipe, arms: Sequence[Arm] = ARMS) -> StoredComparison:
        """The portraits of a recipe, without progress."""
        *_, stored = self.compare(recipe, arms)
        assert isinstance(stored, StoredComparison)
        return stored

    def warm_up_model(self) -> None:
        """Have the model ready for the first visitor; it loads beside what follows where it can.

        On ZeroGPU every model that is here, with the adapters that are offered for it.

        Raises:
            SettingsError: on ZeroGPU, that is too much to be packed.
        """
        # Whatever weights the example was made with, these are the ones that will be used.
        usual = self.example_recipe.with_revisions(None, None)
        if self.settings.on_zerogpu:
            # It takes what lies on its GPU when the page is launched, and from this thread only.
            self._load(usual)
            for recipe in self._others_here(usual):
                self._load(recipe)
        else:
            _beside(partial(self._load, usual))

    def warm_up_faces(self) -> None:
        """Have the faces ready before they are asked for; beside an import it would slow down both."""
        _beside(self._load_faces)

    def _others_here(self, usual: Recipe) -> list[Recipe]:
        """What else a visitor can choose, of what the page offers."""
        models = [each.key for each in self.offers() if each.on]
        choices = [(model, adapter) for model in models for adapter in self.adapters_for(model) or (None,)]
        found = [example_recipe(model, adapter) for model, adapter in choices]
        return [each for each in found if (each.model, each.adapter) != (usual.model, usual.adapter)]

    def _load(self, recipe: Recipe) -> None:
        """Load a model and its adapter; what is not there is told when it is asked for."""
        try:
            step_s = self._maker.load(recipe)
            if step_s is not None:
                self._step_s_at_load[recipe.model] = step_s
            self._ready.set()
            if recipe.adapter:
                self.pulse.used(recipe.adapter, find_adapter(recipe.adapter).revision)
        except WorkshopEnded:
            return  # the next comparison starts another, and logs how this one ended
        except GenerationError as problem:
            log.warning("Cannot be used here yet: %s", problem)
        self.offers()  # for who asks how the app is: it does not wait for a look

    def _load_faces(self) -> None:
        self.stored_results.read()
        _ = self.lifts
        self.faces.sample(Query("female"), 1, seed=0)  # drawn people are made up on the first question

    def _stored(self, comparison: Comparison) -> StoredComparison:
        return StoredComparison(comparison.recipe, self.results.paths(comparison), comparison.seconds)


def _beside(task: Callable[[], None]) -> None:
    threading.Thread(target=task, daemon=True).start()


def open_services(settings: Settings) -> Services:
    """Open the face source and the results folder; no model is loaded.

    Raises:
        SettingsError: the address is taken, or the results cannot be written.
        PromptEngineError, GenerationError: the faces or the example cannot be used.
    """
    check_address(settings.host, settings.port)
    _make_results_folder(settings.results_dir)
    if settings.public:
        keep_token_for(offered_repositories(settings.adapters))
    return Services(settings, open_face_source(settings.faces))


def _make_results_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Root may write anywhere but on a read-only disk: trying is the only way to know.
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise SettingsError(
            f"RESULTS is {folder}, which cannot be written ({error.strerror or error}). "
            "Set it to a folder that can, or unset it."
        ) from None


def read_examples(folder: Path) -> tuple[StoredComparison, ...]:
    """Every finished comparison that the repository brings along; the page shows the first unasked."""
    found = (read_example(example_folder(at, folder)) for at in range(len(EXAMPLES)))
    return tuple(filter(None, found))


def read_example(folder: Path) -> StoredComparison | None:
    """A finished comparison that the repository brings along; None where it is not made yet."""
    paths = {arm: folder / name for arm, name in FILE_NAMES.items()}
    if not all(path.is_file() for path in paths.values()):
        return None
    return StoredComparison(read_recipe(paths["vanilla"]), paths)
