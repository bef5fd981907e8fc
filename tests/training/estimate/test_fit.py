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
