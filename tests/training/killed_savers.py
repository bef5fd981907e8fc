"""Processes that save adapters without end until they are killed, each in its own folder.

`python -m tests.training.killed_savers FOLDER COUNT` prints, per process, the last save it reported.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from itertools import count
from pathlib import Path
from typing import NoReturn

from diffusers import SD3Transformer2DModel

from training.adapter_file import save_adapter
from training.config import LoraSettings
from training.lora import attach_lora, learning_parameters

LATER_S = 0.007  # than the one before, each process is killed: at another place in its saving


def build_learner() -> SD3Transformer2DModel:
    transformer = SD3Transformer2DModel(
        sample_size=4,
        in_channels=4,
        out_channels=4,
        num_layers=2,
        attention_head_dim=32,
        num_attention_heads=4,
        joint_attention_dim=12,
        caption_projection_dim=128,
        pooled_projection_dim=10,
        pos_embed_max_size=4,
    )
    attach_lora(transformer, LoraSettings(rank=64), seed=0)
    return transformer


def save_forever(transformer: SD3Transformer2DModel, folder: Path, report: int) -> NoReturn:
    """In the n-th adapter every weight is n, so that a mixture of two would show."""
    for number in count(1):
        for parameter in learning_parameters(transformer).values():
            parameter.data.fill_(number)
        save_adapter(transformer, folder, {"step": number})
        os.write(report, b"%d\n" % number)
    raise AssertionError("not reached")


def kill_one(transformer: SD3Transformer2DModel, folder: Path, after_s: float) -> int:
    """Let a process save at least once, kill it some time later, and give the last save it reported."""
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        save_forever(transformer, folder, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as reports:
        first = reports.readline()
        time.sleep(after_s)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return int((first + reports.read()).split()[-1])


if __name__ == "__main__":
    learner = build_learner()
    for turn in range(int(sys.argv[2])):
        print(kill_one(learner, Path(sys.argv[1]) / str(turn), turn * LATER_S))
