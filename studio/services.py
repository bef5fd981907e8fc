"""Everything the page needs besides Gradio: faces, pictures, and the example that is there from the start."""

from __future__ import annotations

import gc
import logging
import tempfile
import threading
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from generation.errors import GenerationError
from generation.events import Comparison, Event, Progress
from generation.example import EXAMPLE_FOLDER, example_recipe
from generation.metadata import FILE_NAMES, read_recipe
from generation.models import model_spec
from generation.open_workshop import open_workshop
from generation.prompt_length import part_read
from generation.recipe import Recipe
from generation.results import ResultStore
from prompt_engine.counts import MatchCount
from prompt_engine.faces import FaceSource, open_face_source
from prompt_engine.selection import Selection
from studio.settings import Settings, SettingsError, check_address
from studio.zerogpu import on_gpu

if TYPE_CHECKING:
    from generation.workshop import Workshop

log = logging.getLogger(__name__)

GPU_S = 10  # the longest that a comparison may borrow a GPU; ZeroGPU takes it off the visitor's quota


@dataclass(frozen=True)
class StoredComparison:
    """A finished comparison as files: PNGs that carry their recipe."""

    recipe: Recipe
    vanilla: Path
    fine_tuned: Path


class Services:
    """What the tabs call; the model is loaded by `warm_up`, or by the first comparison."""

    model = "demo"

    def __init__(self, settings: Settings, faces: FaceSource, example_dir: Path = EXAMPLE_FOLDER) -> None:
        self.settings = settings
        self.faces = faces
        self.results = ResultStore(settings.results_dir)
        self.example = read_example(example_dir)
        self.served_folders = (self.results.folder, example_dir)
        self._compare = on_gpu(GPU_S, settings.on_zerogpu)(self._compare_here)
        self._importing = threading.Lock()
        self._ready = threading.Event()

    @property
    def example_recipe(self) -> Recipe:
        """What the page shows first."""
        return self.example.recipe if self.example else example_recipe(self.model)

    @property
    def ready(self) -> bool:
        """Whether the model is loaded, so that a comparison starts at once."""
        return self._ready.is_set()

    def match_count(self, selection: Selection) -> MatchCount:
        """How many CelebA images carry what is selected."""
        return self.faces.match_count(selection)

    def part_read(self, prompt: str) -> str:
        """As much of a prompt as the model reads."""
        return part_read(prompt, model_spec(self.model))

    def compare(self, recipe: Recipe) -> Iterator[Progress | StoredComparison]:
        """Both portraits of a recipe: the progress of each step, then the finished files."""
        stored = self.workshop.stored(recipe)  # asked here: no GPU is borrowed for what is there
        if stored:
            yield self._stored(stored)
            return
        with closing(self._compare(recipe)) as events:
            for event in events:
                yield event if isinstance(event, Progress) else self._stored(event.comparison)
        self._ready.set()

    def finished(self, recipe: Recipe) -> StoredComparison:
        """Both portraits of a recipe, without progress."""
        *_, stored = self.compare(recipe)
        assert isinstance(stored, StoredComparison)
        return stored

    def warm_up(self) -> threading.Thread:
        """Load faces and model in the background, so that the first visitor need not wait for them."""
        thread = threading.Thread(target=self.load, name="warm-up", daemon=True)
        thread.start()
        return thread

    def load(self) -> None:
        """Load faces and model; a model that is not there is told when it is asked for."""
        # Drawn people are made up on the first question.
        self.faces.sample(Selection("female"), 1, seed=0)
        try:
            with long_lived():
                # Whatever weights the example was made with, these are the ones that will be used.
                self.workshop.load(self.example_recipe.with_revisions(None, None))
            self._ready.set()
        except GenerationError as problem:
            log.warning("The model is not loaded yet: %s", problem)

    @property
    def workshop(self) -> Workshop:
        """The one workshop; its first use imports torch and diffusers, which takes seconds."""
        with self._importing:
            return self._workshop

    @cached_property
    def _workshop(self) -> Workshop:
        return open_workshop(self.results)

    def _compare_here(self, recipe: Recipe) -> Generator[Event, None, None]:
        # Only the recipe and the events cross to the process that has the GPU: both can be pickled.
        yield from self.workshop.compare(recipe)

    def _stored(self, comparison: Comparison) -> StoredComparison:
        paths = self.results.paths(comparison)
        return StoredComparison(comparison.recipe, paths["vanilla"], paths["fine_tuned"])


@contextmanager
def long_lived() -> Iterator[None]:
    """Keep the garbage collector from what is loaded within: looking through it takes a fifth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def open_services(settings: Settings) -> Services:
    """Open the face source and the results folder; no model is loaded.

    Raises:
        SettingsError: the address is taken, or the results cannot be written.
        PromptEngineError, GenerationError: the faces or the example cannot be used.
    """
    check_address(settings.host, settings.port)
    _make_results_folder(settings.results_dir)
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


def read_example(folder: Path) -> StoredComparison | None:
    """The finished comparison that the repository brings along; None where it is not made yet."""
    paths = {arm: folder / name for arm, name in FILE_NAMES.items()}
    if not all(path.is_file() for path in paths.values()):
        return None
    return StoredComparison(read_recipe(paths["vanilla"]), paths["vanilla"], paths["fine_tuned"])
