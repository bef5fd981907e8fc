"""Which steps are too bad to learn from, and when a run has to go back."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from training.batches import Batch, Batches
from training.checkpoints import checkpoint_steps
from training.config import GuardConfig, TrainingConfig
from training.errors import Diverged
from training.guard import ENOUGH, Guard
from training.loop import train
from training.metrics import read_metrics

MakeConfig = Callable[..., TrainingConfig]
ADAPTER = "pytorch_lora_weights.safetensors"
AT_ONE_RATE = {"run_steps": 8, "optimizer_schedule": "constant", "optimizer_warmup_steps": 0}


def silent(_line: str) -> None:
    pass


def test_what_is_no_number_is_bad_from_the_first_step() -> None:
    guard = Guard(GuardConfig())
    assert guard.fault(1.0) is None
    for norm in (math.nan, math.inf):
        assert guard.fault(norm) == "the gradient is not finite"


def test_a_jump_is_told_against_the_usual_norm_once_that_is_known() -> None:
    guard = Guard(GuardConfig(largest_jump=10.0))
    assert [guard.fault(norm) for norm in (0.01, 1.0, 100.0)] == [None] * 3  # the first steps are wild
    for _ in range(ENOUGH):
        assert guard.fault(2.0) is None
    assert guard.fault(19.0) is None
    assert guard.fault(21.0) == "the gradient's norm is 21, usually 2"
    assert guard.fault(2.0) is None


def test_what_it_remembers_can_be_saved_and_taken_up() -> None:
    first, second = Guard(GuardConfig(patience=2)), Guard(GuardConfig(patience=2))
    for norm in [1.0] * ENOUGH + [math.nan]:
        first.fault(norm)
    first.rollbacks = 1
    second.take_up(first.state)
    assert second.rate_factor == 0.5 and not second.lost
    assert second.fault(1000.0) and second.lost


class BrokenFrom:
    """Batches that are no numbers from one step on, for so many times."""

    def __init__(self, step: int, times: int) -> None:
        self.step, self.left = step, times

    def __call__(self, whole: Callable[..., Batch]) -> Callable[..., Batch]:
        def batch(batches: Batches, step: int, process: int = 0, processes: int = 1) -> Batch:
            made = whole(batches, step, process, processes)
            if step >= self.step and self.left:
                self.left -= 1
                made.latents.fill_(torch.nan)
            return made

        return batch


def broken(monkeypatch: pytest.MonkeyPatch, step: int, times: int) -> None:
    monkeypatch.setattr(Batches, "batch", BrokenFrom(step, times)(Batches.batch))


def test_a_bad_step_is_skipped_and_logged_and_learning_goes_on(
    make_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, lines = make_config(run_steps=4), list[str]()
    broken(monkeypatch, step=1, times=1)
    assert train(config, say=lines.append) == 4
    assert "step 2 skipped: the gradient is not finite" in lines
    rows = read_metrics(Path(config.run.output))
    assert [row["skipped"] for row in rows if "skipped" in row] == ["the gradient is not finite"]
    assert [row["skipped_steps"] for row in rows if "loss" in row] == [0, 1, 0, 0]


def test_after_several_bad_steps_the_run_goes_back_with_a_lower_rate(
    make_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = make_config(**AT_ONE_RATE, run_save_every=2, guard_patience=3)
    kept: list[list[int]] = []

    def look(line: str) -> None:
        if "back to step 4, with 0.5 times the learning rate" in line:
            kept.append(checkpoint_steps(Path(config.run.output)))

    broken(monkeypatch, step=4, times=3)
    assert train(config, say=look) == 8
    assert kept == [[4]]  # not step 6's, which was in the middle of the bad ones
    rows = read_metrics(Path(config.run.output))
    assert [row["step"] for row in rows if "skipped" in row] == [5, 6, 7]
    rates = [row["learning_rate"] for row in rows if "loss" in row]
    assert rates == [1e-3] * 4 + [5e-4] * 4
    assert [row for row in rows if "rolled_back_from" in row][0]["rolled_back_from"] == 7


def test_a_run_that_keeps_failing_gives_up_and_leaves_the_last_good_adapter(
    make_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = make_config(run_steps=30, run_save_every=2, guard_patience=3, guard_most_rollbacks=2)
    train(config, stop_after=2, say=silent)
    before = (Path(config.run.output) / ADAPTER).read_bytes()
    broken(monkeypatch, step=2, times=1000)
    with pytest.raises(Diverged, match=r"after going back 2 times .* lower optimizer\.learning_rate"):
        train(config, resume=True, say=silent)
    assert tensors_in((Path(config.run.output) / ADAPTER).read_bytes()) == tensors_in(before)


def tensors_in(content: bytes) -> bytes:
    return content[8 + int.from_bytes(content[:8], "little") :]


def test_a_run_killed_after_it_went_back_still_knows_it(
    make_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = make_config(**AT_ONE_RATE, run_save_every=4, guard_patience=2)
    broken(monkeypatch, step=5, times=2)

    def kill(line: str) -> None:
        if "back to step 4" in line:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(config, say=kill)
    train(config, resume=True, say=silent)
    rates = [row["learning_rate"] for row in read_metrics(Path(config.run.output)) if "loss" in row]
    assert rates == [1e-3] * 4 + [5e-4] * 4
