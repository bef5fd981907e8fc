"""Who makes the portraits: a workshop in another process, or on ZeroGPU one that borrows GPUs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from generation.events import ARMS, Arm
from generation.loading.machine import Offer
from generation.recipe import Recipe
from generation.results import ResultStore, StoredComparison
from generation.workshop.process import WorkshopProcess
from generation.workshop.settings import WorkshopSettings
from studio.durations import read_durations
from studio.health.observing import Events
from studio.settings import Settings
from studio.zerogpu import ZeroGpuWorkshop


class Maker(Protocol):
    """What the page asks of it; may be called from several threads."""

    def load(self, recipe: Recipe) -> float | None:
        """Load what a recipe needs; gives the seconds of a step of one row, where they can be measured."""

    def stored(self, recipe: Recipe, arms: Sequence[Arm] = ARMS) -> StoredComparison | None:
        """The portraits of a recipe, where the same weights made them before; answered at once."""

    def compare(self, recipe: Recipe, arms: Sequence[Arm] = ARMS) -> Events:
        """The portraits of a recipe, as `Workshop.compare` gives them, perhaps with signs of life."""

    def offers(self) -> Sequence[Offer]:
        """Every model of the registry, on or off."""


def open_maker(settings: Settings, results: ResultStore) -> Maker:
    """The one that suits the place; nothing is loaded.

    Raises: SettingsError.
    """
    durations = read_durations(settings.gpu_seconds)  # a wrong setting is told everywhere
    if settings.on_zerogpu:
        return ZeroGpuWorkshop(results, durations, settings.embeddings)
    return WorkshopProcess(results, WorkshopSettings(settings.embeddings))
