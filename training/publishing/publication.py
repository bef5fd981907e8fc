"""Everything that is said about an adapter where it is published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from generation.evaluation.report import EvaluationReport
from generation.models import ModelSpec, model_spec
from generation.recipe import Recipe
from training.config import TrainingConfig
from training.publishing.gallery import Picture
from training.publishing.gallery_recipes import gallery_recipes


@dataclass(frozen=True)
class Publication:
    """What a model card is written from, and nothing of the machine that the run was made on.

    `repo` is OWNER/NAME; `config` holds no private place; `metrics` are the rows of the run's file; `report`
    is None where the adapter was not evaluated.
    """

    repo: str
    config: TrainingConfig
    record: Mapping[str, Any]
    adapter_sha256: str
    pictures: tuple[Picture, ...]
    metrics: tuple[Mapping[str, Any], ...]
    report: EvaluationReport | None

    @property
    def example(self) -> Recipe:
        """What the lines for use make: the gallery's first picture, where there is one."""
        return self.pictures[0].recipe if self.pictures else gallery_recipes(self.config, self.repo)[0]

    @property
    def base(self) -> ModelSpec:
        return model_spec(self.record["base_model"]["key"])

    @property
    def base_url(self) -> str:
        return f"https://huggingface.co/{self.base.repo}"

    @property
    def drawn(self) -> bool:
        """Whether no photograph was learned from."""
        return bool(self.record["faces"]["drawn"])

    @property
    def dataset(self) -> str | None:
        """The dataset's name on the Hub, where the faces came from there."""
        kind, _, place = self.config.data.faces.partition(":")
        return place.partition("@")[0] if kind == "hub" else None

    @property
    def held_out(self) -> Mapping[str, Any] | None:
        """The last losses on faces that were not learned from, at nine noise levels, where there are any."""
        rows = [row["held_out"] for row in self.metrics if row.get("held_out")]
        return rows[-1] if rows else None
