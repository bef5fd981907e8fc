"""A full disk is told in a sentence, and harms nothing that was saved; room is asked for beforehand."""

from __future__ import annotations

import resource
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from accelerate import Accelerator
from torch import nn

from tests.small_models import build_small_transformer
from training.adapter_file import save_adapter
from training.checkpoints import checkpoint_steps
from training.config import LoraSettings, TrainingConfig
from training.disk import check_disk, disk_needed_bytes
from training.errors import RunError
from training.estimate.estimate import estimate
from training.learned import Learned
from training.loop import train
from training.lora import attach_lora, learning_parameters
from training.metrics import append_metrics, read_metrics, start_metrics
from training.run_state import RunState, load_learned, save_state

ADAPTER = "pytorch_lora_weights.safetensors"
TOO_LITTLE = 20_000
MakeConfig = Callable[..., TrainingConfig]


@contextmanager
def room_for(size_bytes: int) -> Iterator[None]:
    """Files end there, as on a full disk: the write that goes further fails."""
    before, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, hard))


def test_a_checkpoint_that_finds_no_room_leaves_the_one_before(tmp_path: Path) -> None:
    parameters = {"weight": nn.Parameter(torch.ones(10_000))}
    learned = Learned(parameters, torch.optim.AdamW(parameters.values()), None)
    path, state = tmp_path / "checkpoints" / "step-000001.safetensors", RunState(1, "", {}, {}, {})
    save_state(path, learned, state)
    parameters["weight"].data.fill_(2.0)
    sentence = (
        r"step-000001.safetensors cannot be saved \(File too large.*\): it takes 0.0 MB, and .* --resume"
    )
    with room_for(TOO_LITTLE), pytest.raises(RunError, match=sentence):
        save_state(path, learned, state)
    assert list(path.parent.iterdir()) == [path]
    load_learned(path, learned)
    assert (parameters["weight"] == 1.0).all()


def test_an_adapter_that_finds_no_room_leaves_the_one_before(tmp_path: Path) -> None:
    transformer = build_small_transformer()
    attach_lora(transformer, LoraSettings(rank=4), seed=0)
    good = save_adapter(transformer, tmp_path, {}).read_bytes()
    next(iter(learning_parameters(transformer).values())).data.fill_(1.0)
    with room_for(TOO_LITTLE), pytest.raises(RunError, match=f"{ADAPTER} cannot be saved"):
        save_adapter(transformer, tmp_path, {})
    assert [path.name for path in tmp_path.iterdir()] == [ADAPTER]
    assert next(tmp_path.iterdir()).read_bytes() == good


def test_a_row_that_finds_no_room_is_told(tmp_path: Path) -> None:
    start_metrics(tmp_path, 0)
    append_metrics(tmp_path, {"step": 1})
    with room_for(40), pytest.raises(RunError, match=r"metrics.jsonl cannot be written \(File too large\)"):
        append_metrics(tmp_path, {"step": 2, "loss": 0.123456789})
    assert read_metrics(tmp_path) == [{"step": 1}]
    start_metrics(tmp_path, 1)
    append_metrics(tmp_path, {"step": 2})
    assert read_metrics(tmp_path) == [{"step": 1}, {"step": 2}]


def test_a_run_stopped_by_a_full_disk_goes_on_when_there_is_room(make_config: MakeConfig) -> None:
    straight, stopped = (make_config(name, run_steps=3, run_save_every=1) for name in ("straight", "stopped"))
    train(straight, say=lambda _line: None)
    folder, before = Path(stopped.run.output), resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(line: str) -> None:
        if line.startswith("step 2/"):
            resource.setrlimit(resource.RLIMIT_FSIZE, (TOO_LITTLE, before[1]))

    try:
        with pytest.raises(RunError, match=f"{ADAPTER} cannot be saved"):
            train(stopped, say=fill)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert checkpoint_steps(folder)[-1] == 1
    assert train(stopped, resume=True, say=lambda _line: None) == 3
    assert (folder / ADAPTER).read_bytes() == (Path(straight.run.output) / ADAPTER).read_bytes()


def test_what_a_run_will_save_is_foreseen(make_config: MakeConfig) -> None:
    config = make_config(run_steps=1, run_ema_decay=0.9)
    train(config, say=lambda _line: None)
    memory = estimate(config, "cpu").memory
    folder = Path(config.run.output)
    checkpoint = (folder / "checkpoints" / "step-000001.safetensors").stat().st_size
    adapter = (folder / ADAPTER).stat().st_size
    assert disk_needed_bytes(memory, kept=2) == pytest.approx(3 * checkpoint + 2 * adapter, rel=0.05)


def test_a_disk_that_is_too_small_is_refused_and_what_is_there_already_counts(
    make_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = make_config(run_steps=2)
    accelerator = Accelerator(cpu=True)
    train(config, stop_after=1, say=lambda _line: None)
    needed = disk_needed_bytes(estimate(config, "cpu").memory, config.run.kept_checkpoints)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=needed - 1))
    with pytest.raises(RunError, match=r"need .* are free in .*: set run.output to a larger disk, or lower"):
        check_disk(config, accelerator, resume=False)
    check_disk(config, accelerator, resume=True)
