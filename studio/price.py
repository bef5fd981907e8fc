"""What portraits should cost, in seconds: as measured on this machine, or as assumed of a lent GPU."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from generation.events import ARMS, Arm
from generation.recipe import Recipe
from generation.rendering.work import row_steps
from generation.results import ResultStore
from studio.durations import Durations

LOOKED_AT = 200  # results, of all models
COUNTED = 5  # of one model: the machine may have had more to do before

Asked = tuple[Recipe, Sequence[Arm]]


@dataclass(frozen=True)
class Price:
    """Seconds for some portraits; `unknown` of them are of models that were never timed here."""

    seconds: float
    unknown: int = 0


@dataclass(frozen=True)
class Prices:
    """Says prices; `gpu`, where GPUs are lent, says what ZeroGPU weighs against what a visitor has left."""

    results: ResultStore
    gpu: Durations | None = None
    at_load: Mapping[str, float] = field(default_factory=dict)  # by model, a step's seconds before any result

    def of(self, recipe: Recipe, arms: Sequence[Arm] = ARMS) -> float | None:
        """The seconds of one comparison that is not stored; None where its model was never timed here."""
        price = self.of_all([(recipe, arms)])
        return None if price.unknown else price.seconds

    def of_all(self, asked: Iterable[Asked]) -> Price:
        """The seconds of several, one after the other."""
        asked = list(asked)
        if self.gpu is not None:
            return Price(sum(self.gpu.requested_s(recipe, arms) for recipe, arms in asked))
        step_s = self._measured_step_s()
        known = [(recipe, arms) for recipe, arms in asked if recipe.model in step_s]
        seconds = sum(step_s[recipe.model] * row_steps(recipe, arms) for recipe, arms in known)
        return Price(seconds, len(asked) - len(known))

    def _measured_step_s(self) -> dict[str, float]:
        """By model, a step's seconds for a row of the model's own size: of results, else at its loading."""
        timed: dict[str, list[float]] = {}
        for recipe, arms, seconds in self.results.latest(LOOKED_AT):
            of_model = timed.setdefault(recipe.model, [])
            if len(of_model) < COUNTED and recipe.step_caching is None:
                of_model.append(seconds / row_steps(recipe, arms))
        return {**self.at_load, **{model: median(found) for model, found in timed.items() if found}}
