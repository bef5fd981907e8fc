"""Which models are trained on, and what is said of those that are not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from training.base_model import check_model, chosen_model
from training.config import TrainingConfig
from training.errors import ConfigError, TrainingError

MakeConfig = Callable[..., TrainingConfig]


def changed(folder: Path, file: str, **values: Any) -> Path:
    """A copy of a model's settings, some of them others; no weight is copied."""
    copy = folder.parent / f"other-{folder.name}"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("*.safetensors"))
    settings = json.loads((copy / file).read_text())
    (copy / file).write_text(json.dumps({**settings, **values}))
    return copy


def check(config: TrainingConfig) -> None:
    check_model(config, chosen_model(config))


def test_a_stable_diffusion_3_5_is_taken_without_its_weights(
    make_config: MakeConfig, small_sd35: Path
) -> None:
    same = changed(small_sd35, "model_index.json")
    check(make_config(model_folder=str(same), data_size_px=512))


@pytest.mark.parametrize(
    ("file", "values", "text"),
    [
        (
            "model_index.json",
            {"_class_name": "FluxPipeline"},
            "is a FluxPipeline, not a Stable Diffusion 3.5",
        ),
        ("transformer/config.json", {"qk_norm": None}, "is Stable Diffusion 3, not 3.5"),
    ],
)
def test_another_kind_of_model_is_refused(
    make_config: MakeConfig, small_sd35: Path, file: str, values: dict[str, Any], text: str
) -> None:
    with pytest.raises(TrainingError, match=text):
        check(make_config(model_folder=str(changed(small_sd35, file, **values)), data_size_px=512))


def test_a_distilled_model_is_not_trained_on(make_config: MakeConfig) -> None:
    with pytest.raises(TrainingError, match="Turbo is distilled, .* train on large"):
        check(make_config(model_key="turbo"))


def test_what_the_model_has_no_place_for_is_refused_all_at_once(
    make_config: MakeConfig, small_sd35: Path
) -> None:
    config = make_config(model_folder=str(small_sd35), data_size_px=2048, lora_rank=512)
    with pytest.raises(ConfigError) as refused:
        check(config)
    assert len(refused.value.problems) == 2
    assert "data.size_px = 2048: must be at most 1024" in str(refused.value)


def test_settings_that_cannot_be_read_are_named(make_config: MakeConfig, small_sd35: Path) -> None:
    copy = changed(small_sd35, "model_index.json")
    (copy / "transformer" / "config.json").write_text("{")
    with pytest.raises(TrainingError, match=r"config.json cannot be read .*: fetch the model again"):
        check(make_config(model_folder=str(copy)))
