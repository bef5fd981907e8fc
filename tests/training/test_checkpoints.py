"""Which checkpoints stay: the newest few, the last good one, and none from after the run went back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from training.checkpoints import (
    checkpoint_path,
    checkpoint_steps,
    drop_checkpoints_after,
    last_good_step,
    newest_state,
    prune_checkpoints,
)
from training.config import TrainingConfig
from training.debris import remove_debris
from training.errors import RunError
from training.learned import Learned
from training.loop import train
from training.run_state import RunState, save_state


def save(folder: Path, step: int, bad_in_a_row: int = 0) -> None:
    parameters = {"weight": nn.Parameter(torch.zeros(1))}
    learned = Learned(parameters, torch.optim.AdamW(parameters.values()), None)
    state = RunState(step, "", {}, {}, {"bad_in_a_row": bad_in_a_row})
    save_state(checkpoint_path(folder, step), learned, state)


@pytest.mark.parametrize("kept", [1, 3])
def test_a_run_keeps_as_many_as_it_is_told(kept: int, make_config: Callable[..., TrainingConfig]) -> None:
    config = make_config(run_steps=5, run_save_every=1, run_kept_checkpoints=kept)
    train(config, say=lambda _line: None)
    files = sorted(path.name for path in (Path(config.run.output) / "checkpoints").iterdir())
    assert files == [f"step-{step:06}.safetensors" for step in range(6 - kept, 6)]


def test_the_last_good_one_stays_although_it_is_older(tmp_path: Path) -> None:
    for step, bad in ((1, 0), (2, 0), (3, 1), (4, 2)):
        save(tmp_path, step, bad)
    assert last_good_step(tmp_path) == 2
    prune_checkpoints(tmp_path, 2)
    assert checkpoint_steps(tmp_path) == [2, 3, 4]
    save(tmp_path, 5)
    prune_checkpoints(tmp_path, 2)
    assert checkpoint_steps(tmp_path) == [4, 5]


def test_going_back_drops_those_of_later_steps(tmp_path: Path) -> None:
    for step, bad in ((1, 0), (2, 0), (3, 1), (1_000_000, 2)):
        save(tmp_path, step, bad)
    drop_checkpoints_after(tmp_path, 2)
    assert checkpoint_steps(tmp_path) == [1, 2]
    assert newest_state(tmp_path).step == 2


def test_among_bad_steps_alone_there_is_none_to_go_back_to(tmp_path: Path) -> None:
    save(tmp_path, 1, bad_in_a_row=1)
    with pytest.raises(RunError, match="no checkpoint from before the bad steps"):
        last_good_step(tmp_path)


DEBRIS = (
    ".pytorch_lora_weights.safetensors-0123abcd.tmp",
    ".config.toml-0123abcd.tmp",
    ".metrics.jsonl-0123abcd.tmp",
    "checkpoints/.step-000200.safetensors-0123abcd.tmp",
    "validation/.step-000200.png-0123abcd.tmp",
    ".saving-ab_c1234.tmp/pytorch_lora_weights.safetensors",
)
OTHERS = (
    "pytorch_lora_weights.safetensors",
    "checkpoints/step-000200.safetensors",
    "checkpoints/.step-000200.safetensors-mine.tmp",
    "evaluation/.report.json-0123abcd.tmp",
    ".notes-0123abcd.tmp",
    ".saving-for-later.tmp/notes",
    "deeper/.config.toml-0123abcd.tmp",
)


def test_what_a_killed_run_left_unfinished_is_removed_and_nothing_else(tmp_path: Path) -> None:
    for name in (*DEBRIS, *OTHERS):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"half")
    (tmp_path / ".config.toml-ffffffff.tmp").symlink_to("/nowhere")
    remove_debris(tmp_path)
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert left == set(OTHERS)
    assert not (tmp_path / ".saving-ab_c1234.tmp").exists()
    assert (tmp_path / ".config.toml-ffffffff.tmp").is_symlink()


def test_where_no_run_was_there_is_nothing_to_remove(tmp_path: Path) -> None:
    remove_debris(tmp_path / "none")
