"""How long comparisons took, out of a history: by model, and run by run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from generation.events import arms_of
from generation.models import MODELS
from studio.history.entry import Entry

ORDER = ("large", "turbo", "medium")  # in which models stand beside each other


@dataclass(frozen=True)
class Speed:
    """Of one model: the seconds of each comparison, oldest first, and those of a step of one portrait."""

    model: str
    seconds: tuple[float, ...]
    step_s: float

    @property
    def title(self) -> str:
        """The model's name."""
        return MODELS[self.model].title

    @property
    def average_s(self) -> float:
        """Of its comparisons."""
        return fmean(self.seconds)


@dataclass(frozen=True)
class Run:
    """What one click had made, by model."""

    made_s: float
    prompt: str
    by_model: dict[str, Entry]


def speeds(entries: Sequence[Entry]) -> list[Speed]:
    """Each model that has made something whose time is known."""
    found = []
    for model in (*ORDER, "demo"):
        timed = [
            each for each in reversed(entries) if each.recipe.model == model and each.seconds is not None
        ]
        if timed:
            steps = sum(each.recipe.steps * len(arms_of(each.recipe)) for each in timed)
            seconds = tuple(each.seconds or 0.0 for each in timed)
            found.append(Speed(model, seconds, sum(seconds) / steps))
    return found


def runs(entries: Sequence[Entry]) -> list[Run]:
    """The runs that a history tells of, the newest first; what Explore made is a run of its own."""
    found: dict[str, Run] = {}
    for entry in entries:
        run = found.setdefault(entry.run or entry.result, Run(entry.made_s, entry.recipe.prompt, {}))
        run.by_model.setdefault(entry.recipe.model, entry)
    return list(found.values())
