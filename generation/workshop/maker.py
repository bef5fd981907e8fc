"""Makes comparisons, one at a time: with loaded models, and once more with less memory where it runs out."""

from __future__ import annotations

import logging
import threading
from collections.abc import Generator
from contextlib import closing

import torch

from generation.adapters.file import FoundAdapter
from generation.compare import compare
from generation.errors import OutOfMemory
from generation.events import SIGN_OF_LIFE_S, Arm, Comparison, Event, Finished, Waiting
from generation.loading.loaded_models import LoadedModels
from generation.loading.machine import Machine
from generation.loading.placement import Placement
from generation.loading.step_time import step_time_s
from generation.models import ModelSpec
from generation.prompts.encoding import PromptEncoding
from generation.recipe import Recipe
from generation.rendering.out_of_memory import first_sentence, ran_out_of_memory
from generation.rendering.scene import working_device
from generation.workshop.long_lived import long_lived
from generation.workshop.settings import DEFAULT_SETTINGS, WorkshopSettings

log = logging.getLogger(__name__)


class Maker:
    """Takes turns; what it is given is checked already, and its recipes name their revisions."""

    def __init__(self, models: LoadedModels, settings: WorkshopSettings = DEFAULT_SETTINGS) -> None:
        self._models = models
        self._encoding = PromptEncoding(settings.embeddings)
        self._lent = settings.lent is not None
        # Not an RLock: a page may take a generator's steps from different threads.
        self._turn = threading.Lock()

    def machine(self) -> Machine:
        """What models could use here if none were loaded."""
        with self._turn:
            return self._models.machine()

    def placement_of(self, spec: ModelSpec) -> Placement:
        """As `LoadedModels.placement_of`."""
        return self._models.placement_of(spec)

    def check_gpu(self, spec: ModelSpec) -> None:
        """As `LoadedModels.check_gpu`."""
        self._models.check_gpu(spec)

    def check_prompt(self, recipe: Recipe) -> None:
        """As `PromptEncoding.check`."""
        self._encoding.check(recipe)

    def encoders(self, spec: ModelSpec, device: torch.device, dtype: torch.dtype) -> str | None:
        """What of a model's text encoders changes pictures; None for nothing."""
        kept = self._models.placement_of(spec).other_numbers
        return kept or self._encoding.other_numbers(spec, device, dtype)

    def load(self, recipe: Recipe, adapter: FoundAdapter | None) -> float | None:
        """Load what a recipe needs; gives the seconds of a step, unless a GPU is to be lent."""
        with self._turn, long_lived():
            self._encoding.encode_of(recipe.spec)  # a file that cannot be used is told at the start
            loading = self._models.load(recipe.spec, adapter, tried=not self._lent)
            try:
                while True:
                    next(loading)
            except StopIteration as end:
                pipeline, _ = end.value
            return None if self._lent else step_time_s(pipeline, recipe.spec)

    def make(
        self, recipe: Recipe, adapter: FoundAdapter | None, arms: tuple[Arm, ...]
    ) -> Generator[Event | Waiting, None, Comparison]:
        """Yield the progress of a comparison and return it; closing ends it within one step, or part loaded.

        Raises:
            OutOfMemory: twice, the second time with nothing else loaded; on a lent GPU at the first time.
        """
        self.check_prompt(recipe)
        while not self._turn.acquire(timeout=SIGN_OF_LIFE_S):
            yield Waiting()
        try:
            made = yield from self._try(recipe, adapter, arms)
            if isinstance(made, Comparison):
                return made
            if self._lent:  # what is dropped there cannot be read again
                raise OutOfMemory(
                    f"Memory ran out for {recipe.spec.title} at {recipe.size_px:,} px ({made}): choose a "
                    "smaller size or model."
                )
            log.warning("Memory ran out (%s): trying once more with as little as can be", made)
            kept = self._models.save_memory(recipe.spec)
            made = yield from self._try(recipe, adapter, arms)
            if isinstance(made, Comparison):
                return made
            raise OutOfMemory(
                f"Memory ran out for {recipe.spec.title} at {recipe.size_px:,} px, even with {kept.text} "
                f"({made}): choose a smaller size or model, or free what else uses the memory."
            )
        finally:
            self._turn.release()

    def _try(
        self, recipe: Recipe, adapter: FoundAdapter | None, arms: tuple[Arm, ...]
    ) -> Generator[Event | Waiting, None, Comparison | str]:
        """Yield the progress of a comparison and return it, or what was said where memory ran out."""
        comparison: Comparison | None = None
        try:
            with closing(self._compare(recipe, adapter, arms)) as events:
                for event in events:
                    if isinstance(event, Finished):
                        comparison = event.comparison
                    else:
                        yield event
        except Exception as error:
            if not ran_out_of_memory(error):
                raise
            return first_sentence(error)
        finally:
            if comparison is None:
                self._models.rest()
        assert comparison is not None, "a comparison ends with its result"
        return comparison

    def _compare(
        self, recipe: Recipe, adapter: FoundAdapter | None, arms: tuple[Arm, ...]
    ) -> Generator[Event | Waiting, None, None]:
        pipeline, name = yield from self._models.load(recipe.spec, adapter)
        spec, encode = recipe.spec, self._encoding.encode_of(recipe.spec)
        encoders = self.encoders(spec, working_device(pipeline.transformer), pipeline.transformer.dtype)
        yield from compare(recipe, pipeline, arms, encode, name, encoders)
