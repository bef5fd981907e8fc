"""A run that would not fit is refused before anything is loaded, with settings that would make it fit."""

from __future__ import annotations

import re
from typing import Any

import pytest
import torch
from accelerate import Accelerator

from training.config import TrainingConfig
from training.config_file import build_config
from training.estimate.estimate import GIB, estimate
from training.estimate.fit import TooLarge, announce, available_bytes, check_fits


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


def refusal(config: TrainingConfig, available_gib: float) -> str:
    with pytest.raises(TooLarge) as raised:
        check_fits(estimate(config, "cuda"), round(available_gib * GIB))
    return str(raised.value)


def test_what_fits_is_let_through() -> None:
    expected = estimate(config_of(), "cuda")
    check_fits(expected, expected.needed_bytes)


@pytest.mark.parametrize("available_gib", [22.0, 6.0])
def test_the_advice_makes_it_fit(available_gib: float) -> None:
    config = config_of()
    text = refusal(config, available_gib)
    assert f"{available_gib} GiB are free" in text
    settings = re.findall(r"(\w+\.\w+ = \S+)", text.partition("set ")[2])
    check_fits(estimate(config_of(*settings), "cuda"), round(available_gib * GIB))


def test_where_nothing_helps_it_says_so() -> None:
    assert "no setting makes it fit" in refusal(config_of(), 1.0)


def test_announcing_prints_the_estimate_of_this_machine() -> None:
    said: list[str] = []
    announce(build_config({"run": {"batch_size": 4}}), Accelerator(cpu=True), said.append)
    assert any("host memory" in line for line in said)
    assert any("a step, " in line for line in said)


def test_a_run_that_this_machine_has_no_memory_for_is_refused_after_its_estimate() -> None:
    said: list[str] = []
    with pytest.raises(TooLarge, match="host memory"):
        announce(build_config({"run": {"batch_size": 10**6}}), Accelerator(cpu=True), said.append)
    assert said


def test_free_memory_is_within_what_there_is() -> None:
    assert 2**20 < available_bytes(torch.device("cpu")) < 2**46
