"""Estimates of the real models' shapes: known sizes, and what must follow from what."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from training.config_file import build_config
from training.errors import TrainingError
from training.estimate.estimate import Estimate, estimate
from training.estimate.pace import probe_rate
from training.estimate.render import render_estimate, render_load
from training.memory import GIB

TABLES: dict[str, dict[str, Any]] = {
    "model": {"key": "medium"},
    "data": {"size_px": 512},
    "lora": {"rank": 64},
    "run": {"batch_size": 4, "precision": "bfloat16"},
}
LOOKING: dict[str, Any] = {
    "validation_every": 500,
    "validation_prompts": ["a woman"],
    "validation_steps": 20,
    "validation_held_out": 8,
}


def expect(
    device: str = "cuda",
    processes: int = 1,
    shared_out: bool = False,
    rate: float | None = None,
    **overrides: Any,
) -> Estimate:
    """An estimate with overrides such as `run_batch_size=8`."""
    tables = {name: dict(table) for name, table in TABLES.items()}
    for name, value in overrides.items():
        section, _, key = name.partition("_")
        tables.setdefault(section, {})[key] = value
    return estimate(build_config(tables), device, processes, shared_out, rate)


def test_the_published_sizes() -> None:
    # The published numbers of parameters, and the positions' embeddings, which are none.
    assert expect().base_weights == 2_243_171_520 + 384**2 * 1536
    assert expect(model_key="large").base_weights == 8_056_627_520 + 192**2 * 2432


def test_a_published_measurement_is_met() -> None:
    # SimpleTuner, SD 3.5 Medium, rank 128 on attention, 3 images of 1024 px, no checkpointing: 34.6 GiB.
    found = expect(lora_rank=128, lora_targets=["attention"], data_size_px=1024, run_batch_size=3)
    assert found.memory.used / GIB == pytest.approx(34.6, rel=0.15)


def test_less_memory_for_what_is_meant_to_take_less() -> None:
    plain = expect()
    assert expect(run_gradient_checkpointing=True).memory.activations < plain.memory.activations / 5
    assert expect(run_micro_batch_size=1).memory.activations < plain.memory.activations / 3
    assert expect(model_quantization="nf4").memory.base < plain.memory.base / 2.5
    assert expect(optimizer_name="adamw_8bit").memory.optimizer < plain.memory.optimizer / 3


def test_attention_keeps_no_matrix_on_a_gpu() -> None:
    small, large = (expect(data_size_px=size).memory.activations for size in (512, 1024))
    assert large / small < 4  # tokens of the picture are four times as many, those of the text are not
    small, large = (expect("cpu", data_size_px=size).memory.activations for size in (512, 1024))
    assert large / small > 5


def test_several_processes_share_a_step() -> None:
    alone, two = expect(run_batch_size=8), expect(run_batch_size=8, processes=2)
    assert (alone.shape.images, two.shape.images) == (8, 4)
    assert two.pace.step_operations == alone.pace.step_operations / 2
    assert two.memory.gradients == 2 * alone.memory.gradients


def test_a_base_that_is_shared_out_takes_its_part_and_the_blocks_that_pass_through() -> None:
    whole, part = (expect(processes=4, model_key="large", shared_out=shared) for shared in (False, True))
    assert part.memory.base == pytest.approx(whole.memory.base / 4, abs=1)
    gathered = part.memory.activations - whole.memory.activations
    assert 2 / 38 < gathered / whole.memory.base < 4 / 38
    assert part.needed_bytes < whole.needed_bytes


def test_layers_in_four_bits_give_back_what_they_are_given_in_which_takes_more() -> None:
    plain, small = (
        expect(model_quantization=kind, run_gradient_checkpointing=True) for kind in ("none", "nf4")
    )
    assert 1.2 < small.memory.activations / plain.memory.activations < 2


def test_a_device_of_another_kind_is_refused_in_words() -> None:
    with pytest.raises(TrainingError, match="not on a device of kind 'mps'"):
        expect("mps")


def test_micro_batches_change_nothing_but_memory() -> None:
    whole, parts = expect(**LOOKING), expect(**LOOKING, run_micro_batch_size=2)
    assert parts.micro_steps == 2
    assert parts.pace == whole.pace
    assert parts.memory.held == whole.memory.held


def test_time_and_cost_follow_from_a_rate() -> None:
    pace = expect(rate=1e14, tracking_price_per_hour=3.0, **LOOKING).pace
    assert pace.step_s is not None and pace.total_s is not None
    assert pace.looking_share > 0
    assert pace.total_s == pytest.approx(1000 * pace.step_s / (1 - pace.looking_share))
    assert pace.cost == pytest.approx(pace.total_s / 1200)
    assert expect(rate=2e14).pace.step_s == pytest.approx(pace.step_s / 2)
    assert expect().pace.total_s is None


def test_no_validation_takes_nothing() -> None:
    assert expect(**LOOKING).memory.validation > 0
    found = expect()
    assert found.memory.validation == found.pace.looking_operations == 0


def test_the_probe_tells_a_plausible_rate() -> None:
    assert 1e9 < probe_rate(torch.device("cpu"), torch.float32) < 1e13


def test_the_table_names_every_part_and_says_that_it_is_an_estimate() -> None:
    lines = render_estimate(expect(rate=1e14, run_ema_decay=0.999, tracking_price_per_hour=3.0, **LOOKING))
    text = "\n".join(lines)
    assert "Estimate" in lines[0]
    for part in (
        "base, bfloat16",
        "adapter",
        "gradients",
        "optimizer",
        "average",
        "reserve",
        "TFLOP",
        "cost",
    ):
        assert part in text
    assert "time" not in "\n".join(render_estimate(expect()))


def test_a_model_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"no model_index\.json"):
        expect(model_folder=str(tmp_path))


def test_a_busy_machine_is_told_of() -> None:
    assert render_load(1.4, 2) == []
    (line,) = render_load(11.2, 2)
    assert line.endswith("measured just now, with a load of 11 on 2 cores: on an idle machine it takes less")


def test_one_image_is_one() -> None:
    lines = render_estimate(expect(run_micro_batch_size=1))
    assert any("1 image at once, 4 times a step" in line for line in lines)
