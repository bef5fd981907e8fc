"""Validation shows what visitors will see, and measures faces that are not learned from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from accelerate import Accelerator
from PIL import Image, ImageChops

from generation.adapters.attached import attach_adapter
from generation.compare import compare
from generation.events import Finished
from generation.loading.pipelines import load_pipeline
from generation.rendering.denoising import shift_at
from training.base_model import chosen_model
from training.config import TrainingConfig
from training.errors import ConfigError
from training.held_out import SIGMAS
from training.loop import train
from training.metrics import read_metrics
from training.setup import set_up
from training.sheet import build_sheet
from training.validation import planned_recipes, validation_recipes

MakeConfig = Callable[..., TrainingConfig]
ADAPTER = "pytorch_lora_weights.safetensors"


def silent(_line: str) -> None:
    pass


def assert_the_last_pictures_are_a_visitors(config: TrainingConfig) -> None:
    train(config, say=silent)
    folder = Path(config.run.output)
    pipeline = load_pipeline(chosen_model(config))
    attach_adapter(pipeline, folder / ADAPTER)
    (recipe,) = validation_recipes(config)
    comparison = next(e.comparison for e in compare(recipe, pipeline) if isinstance(e, Finished))
    assert comparison.image("vanilla").tobytes() != comparison.image("fine_tuned").tobytes()
    sheet = Image.open(folder / "validation" / f"step-{config.run.steps:06}.png")
    # Prompts were encoded beside others: sums run in another order, and last bits may differ.
    difference = ImageChops.difference(sheet, build_sheet([comparison], config.run.steps))
    assert max(high for _, high in difference.getextrema()) <= 1


def test_a_size_that_no_picture_has_is_refused_by_its_key_and_only_where_pictures_are_made(
    make_config: MakeConfig,
) -> None:
    def config(**validation: object) -> TrainingConfig:
        return make_config(data_size_px=16, validation_held_out=2, **validation)

    with pytest.raises(ConfigError) as refused:
        planned_recipes(config(validation_prompts=["a man"]))
    assert "data.size_px = 16: Demo model makes pictures of 96 px only: set data.size_px" in str(
        refused.value
    )
    assert planned_recipes(config()) == []
    without = make_config(data_size_px=16, validation_every=0, validation_prompts=["a man"])
    train(without, say=silent)


@pytest.mark.parametrize("shift", [None, 3.0])
def test_the_last_pictures_are_those_that_a_visitor_gets(
    make_config: MakeConfig, shift: float | None
) -> None:
    config = make_config(
        run_steps=2, optimizer_learning_rate=0.1, validation_every=2, validation_prompts=["a man with a hat"]
    )
    objective = replace(config.objective, shift=shift)
    assert_the_last_pictures_are_a_visitors(replace(config, objective=objective))


def test_so_they_are_at_another_size_than_the_model_s_own(make_config: MakeConfig, small_sd35: Path) -> None:
    config = make_config(
        model_key="medium",
        model_folder=str(small_sd35),
        data_size_px=512,
        data_count=2,
        run_batch_size=2,
        run_steps=1,
        optimizer_learning_rate=0.5,
        validation_every=1,
        validation_prompts=["a man with a hat"],
        validation_steps=10,
    )
    assert_the_last_pictures_are_a_visitors(config)


def test_noise_levels_are_shifted_by_the_size_in_learning_and_in_making_pictures(
    make_config: MakeConfig, small_sd35: Path
) -> None:
    config = make_config(
        model_key="medium", model_folder=str(small_sd35), data_size_px=512, data_count=2, run_batch_size=2
    )
    parts = set_up(config, Accelerator(), [], silent)
    assert parts.batches.levels.shift == parts.record["shift"] == shift_at(parts.pipeline, 512) == 1.5
    assert shift_at(parts.pipeline, 1024) == 3.0


def test_held_out_losses_are_of_other_faces_and_of_both_arms(make_config: MakeConfig) -> None:
    config = make_config(run_steps=2, optimizer_learning_rate=0.05, validation_every=1, validation_held_out=3)
    parts = set_up(config, Accelerator(), [], silent)
    held_out = parts.validation.held_out
    assert held_out is not None and len(held_out.examples) == 3
    learned = {example.id for example in parts.batches.examples}
    assert not learned & {example.id for example in held_out.examples}
    train(config, say=silent)
    rows = [row["held_out"] for row in read_metrics(Path(config.run.output)) if "held_out" in row]
    assert [row["sigmas"] for row in rows] == [list(SIGMAS)] * 2
    assert rows[0]["vanilla"] == rows[1]["vanilla"] != rows[1]["fine_tuned"]
    assert rows[0]["fine_tuned"] != rows[1]["fine_tuned"]


def test_held_out_losses_are_the_same_whenever_they_are_asked_for(make_config: MakeConfig) -> None:
    parts = set_up(make_config(validation_held_out=3), Accelerator(), [], silent)
    before = torch.get_rng_state()
    first, again = parts.validation.losses(), parts.validation.losses()
    assert first == again
    assert torch.equal(before, torch.get_rng_state())
