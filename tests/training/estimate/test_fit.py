"""A run that would not fit is refused before anything is loaded, with settings that would make it fit."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate import Accelerator

from training.config import TrainingConfig
from training.config_file import build_config
from training.estimate.estimate import estimate
from training.estimate.fit import (
    UNLIMITED,
    TooLarge,
    announce,
    available_bytes,
    check_fits,
    container_bytes,
)
from training.memory import GIB


def config_of(*overrides: str, **run: Any) -> TrainingConfig:
    return build_config(
        {
            "model": {"key": "medium"},
            "data": {"size_px": 512},
            "lora": {"rank": 64},
            "run": {"batch_size": 8, "precision": "bfloat16", **run},
        },
        overrides,
    )


def refusal(config: TrainingConfig, available_gib: float, device: str = "cuda") -> str:
    with pytest.raises(TooLarge) as raised:
        check_fits(estimate(config, device), round(available_gib * GIB))
    return str(raised.value)


def advised(text: str) -> list[str]:
    return re.findall(r"(\w+\.\w+ = [^\s)]+)", text)


def test_what_fits_is_let_through() -> None:
    expected = estimate(config_of(), "cuda")
    check_fits(expected, expected.needed_bytes)


@pytest.mark.parametrize(
    ("device", "available_gib", "run"),
    [
        ("cuda", 22.0, {}),
        ("cuda", 6.0, {}),
        ("cpu", 18.4, {}),
        ("cpu", 12.0, {"micro_batch_size": 1, "gradient_checkpointing": True}),
    ],
)
def test_the_advice_makes_it_fit_and_nothing_of_it_can_be_left_out(
    device: str, available_gib: float, run: dict[str, Any]
) -> None:
    text = refusal(config_of(**run), available_gib, device)
    assert f"{available_gib} GiB are free" in text
    settings = advised(text.partition(": set ")[2])
    check_fits(estimate(config_of(*settings, **run), device), round(available_gib * GIB))
    for left_out in settings:
        refusal(config_of(*(each for each in settings if each != left_out), **run), available_gib, device)


def test_one_setting_that_is_enough_is_advised_rather_than_two_that_cost_less() -> None:
    config = config_of(batch_size=1, gradient_checkpointing=True, ema_decay=0.9)
    small = config_of("model.quantization=nf4", batch_size=1, gradient_checkpointing=True, ema_decay=0.9)
    available_gib = round(estimate(small, "cuda").needed_bytes / GIB + 0.05, 1)
    assert advised(refusal(config, available_gib)) == ['model.quantization = "nf4"']


def test_as_many_images_at_once_are_advised_as_fit() -> None:
    half = estimate(config_of(micro_batch_size=4), "cuda").needed_bytes / GIB
    assert advised(refusal(config_of(), round(half + 0.1, 1))) == ["run.micro_batch_size = 4"]


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_where_nothing_helps_it_says_so_and_that_is_true(device: str) -> None:
    prodigy = ("optimizer.name=prodigy", "optimizer.learning_rate=1.0")
    config = config_of(*prodigy, "validation.every=9", "validation.held_out=9", ema_decay=0.9)
    text = refusal(config, 2.0, device)
    assert "no setting makes it fit, all together (" in text
    settings = advised(text)
    assert len(settings) == 9
    with pytest.raises(TooLarge, match="no setting makes it fit; take a device with more memory"):
        check_fits(estimate(config_of(*settings, batch_size=1), device), 2 * GIB)


def test_announcing_prints_the_estimate_of_this_machine() -> None:
    said: list[str] = []
    announce(build_config({"run": {"batch_size": 4}}), Accelerator(cpu=True), said.append)
    assert any("host memory" in line for line in said)
    assert any("a step, " in line for line in said)


def test_a_run_that_this_machine_has_no_memory_for_is_refused_after_its_estimate() -> None:
    said: list[str] = []
    with pytest.raises(TooLarge, match="host memory"):
        # A prime: it goes in no other equal parts than one by one, each of which would be tried.
        announce(build_config({"run": {"batch_size": 1_000_003}}), Accelerator(cpu=True), said.append)
    assert said


def test_of_a_container_files_that_are_kept_in_memory_are_free(tmp_path: Path) -> None:
    for name, text in (
        ("memory.max", "1000\n"),
        ("memory.current", "900\n"),
        ("memory.stat", "anon 300\nfile 600\nactive_file 100\ninactive_file 500\n"),
    ):
        (tmp_path / name).write_text(text)
    assert container_bytes(tmp_path) == 1000 - (900 - 500)
    (tmp_path / "memory.max").write_text("max\n")
    assert container_bytes(tmp_path) == container_bytes(tmp_path / "none") == UNLIMITED


def test_what_is_shared_out_is_not_refused_for_its_whole_size_nor_told_what_cannot_be_shared() -> None:
    config = config_of("model.key=large", "lora.rank=16", micro_batch_size=1, gradient_checkpointing=True)
    part = estimate(config, "cuda", processes=8, shared_out=True)
    check_fits(part, part.needed_bytes)
    with pytest.raises(TooLarge):
        check_fits(estimate(config, "cuda", processes=8), part.needed_bytes)
    with pytest.raises(TooLarge, match="no setting makes it fit"):
        check_fits(part, part.needed_bytes // 2)


def test_free_memory_is_within_what_there_is() -> None:
    assert 2**20 < available_bytes(torch.device("cpu")) < 2**46
