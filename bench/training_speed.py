"""How fast a step of training is against a loop that encodes captions and images in every step."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from bench.plain_loop import PlainLoop
from bench.table import Row, times_faster
from generation.locations import REPOSITORY
from training.config import TrainingConfig
from training.config_file import read_config
from training.loop import build_accelerator
from training.prefetch import Ahead
from training.schedule import learning_rate
from training.setup import Parts, set_up

ROUNDS = 5
FACES = 128
WHAT = "demo training, a step"
SHARE = 1 / 3


def measure_training() -> Iterator[Row]:
    """Demo training as it is shipped: same model, faces, batch and precision for both, in turns."""
    with tempfile.TemporaryDirectory() as folder:
        config = _demo_config(Path(folder))
        ours_s, plain_s = step_times_s(config, ROUNDS)
    faster = times_faster(plain_s, ours_s, "a loop that encodes every step")
    note = f"{faster}: {ours_s:.2f} s and {plain_s:.2f} s, {config.run.batch_size} images"
    yield Row(WHAT, SHARE, ours_s / plain_s, "of a plain loop's", note)


def _demo_config(folder: Path) -> TrainingConfig:
    return read_config(
        REPOSITORY / "training" / "configs" / "demo.toml",
        [
            f"data.count={FACES}",
            f'data.cache="{folder / "cache"}"',
            f'run.output="{folder / "run"}"',
            "validation.every=0",
        ],
    )


def step_times_s(config: TrainingConfig, rounds: int) -> tuple[float, float]:
    """The median time of a step: of ours, and of the plain loop; the first of each is not counted."""
    accelerator = build_accelerator(config)
    parts = set_up(config, accelerator, [], _say_nothing)
    plain = PlainLoop(config)
    ours_s, plain_s = [], []
    with Ahead(parts.batches, accelerator.device) as ahead:
        for step in range(1 + rounds):
            ours_s.append(_seconds(partial(_learn, parts, ahead, config, step)))
            plain_s.append(_seconds(plain.step))
    return statistics.median(ours_s[1:]), statistics.median(plain_s[1:])


def _learn(parts: Parts, ahead: Ahead, config: TrainingConfig, step: int) -> None:
    """What a run does in a step: take a batch, learn from it."""
    parts.learner.gradients(ahead.take(step))
    parts.learner.update(learning_rate(step, config.run.steps, config.optimizer))
    parts.learned.follow()


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _say_nothing(_line: str) -> None:
    pass
