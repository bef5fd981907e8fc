"""The GPU's bench on a model so small that a processor does it, and the sentence where there is no GPU."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from bench.gpu_cards import peak_tflops
from bench.gpu_subject import Task
from bench.gpu_targets import Target, measure_targets, targets
from tests.small_models import build_small_transformer
from training.estimate.architectures import AUTOENCODER, Architecture

CPU = torch.device("cpu")


def small_task(**settings: object) -> Task:
    architecture = Architecture(dict(build_small_transformer().config), AUTOENCODER, text_tokens=9)
    return Task(architecture, size_px=32, images=2, rank=4, compile=False, **settings)  # type: ignore[arg-type]


def test_speed_and_memory_are_measured_and_judged() -> None:
    easy = Target("easy", small_task(), images_per_s=1e-3, peak_gb=1e3)
    hard = Target("hard", small_task(checkpointing=True), images_per_s=1e9)
    rows = list(measure_targets((easy, hard), CPU, "NVIDIA H100 80GB HBM3", steps=1))
    assert [(row.what, row.ok) for row in rows] == [
        ("easy: an image", True),
        ("easy: memory", True),
        ("hard: an image", False),
    ]
    assert "of the 989 of NVIDIA H100" in rows[0].note
    assert "estimated" in rows[0].note


@pytest.mark.parametrize(
    ("name", "peak"),
    [
        ("NVIDIA H100 80GB HBM3", 989.0),
        ("NVIDIA H100 PCIe", 756.0),
        ("NVIDIA A100-SXM4-80GB", 312.0),
        ("NVIDIA L40S", 362.0),
        ("NVIDIA L4", 121.0),
        ("NVIDIA GeForce RTX 4090", 165.0),
        ("Some other card", None),
    ],
)
def test_peaks_are_found_by_the_drivers_name(name: str, peak: float | None) -> None:
    assert peak_tflops(name) == peak


def test_every_promised_figure_is_a_target() -> None:
    speeds = {target.what: target.images_per_s for target in targets() if target.images_per_s}
    memories = {target.what: target.peak_gb for target in targets() if target.peak_gb}
    assert speeds == {"Medium, 512 px": 65.0, "Medium, 1024 px": 11.5, "Large, 512 px": 22.0}
    assert memories == {
        "Medium, 1024 px": 40.0,
        "Medium, 1024 px, one image": 8.0,
        "Large, 512 px, one image": 24.0,
    }


def test_without_a_gpu_it_says_so_in_one_sentence(repository: Path) -> None:
    hidden = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    ended = subprocess.run(
        [sys.executable, "-m", "bench.gpu"], cwd=repository, env=hidden, capture_output=True, text=True
    )
    assert ended.returncode == 2
    assert ended.stderr.endswith("run it where there is one\n")
    assert ended.stderr.count("\n") == 1
    assert not ended.stdout
